"""The configuration: from YAML and the environment to frozen records."""
