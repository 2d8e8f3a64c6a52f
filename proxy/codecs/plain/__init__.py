"""What protocols close to chat share: their tools are functions, their content is text with pictures."""
