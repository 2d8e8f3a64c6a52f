/* Callers with open streams: all of them read at once, and say how late each event was.
 *
 * Usage: readers PORT STREAMS EVENTS RAMP_NS SETTLE_NS WINDOW_NS REQUEST
 * REQUEST is a file with the bytes of one HTTP request. STREAMS of them are sent, each on a connection of its own, spread
 * over RAMP_NS, so that the streams are out of step. SETTLE_NS later it prints `begin` and how many streams are open,
 * after WINDOW_NS `end`; only what arrives between is timed. When every stream has ended it prints one line of JSON.
 *
 * The digits behind an `@` are the nanoseconds of the monotonic clock at which an event was sent (bench/native/mock.c).
 * bench/readers.py does the same where there is no compiler.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DIGITS = 19, CARRY = 32, BATCH = 256, MAX_REQUEST = 1 << 20 };
static const uint64_t PATIENCE = 15000000000u;  /* ns without any event at all until it gives up */

struct stream { int fd, done; uint64_t events; size_t carried; char carry[CARRY]; };

static struct stream *streams;
static uint64_t wanted, *delays, delay_count, delay_room, in_window, heard, last_heard;
static size_t stream_count, begun, ended, complete;
static uint64_t window_from, window_to;
static int poller, port;
static char request[MAX_REQUEST];
static size_t request_size;

static void die(const char *what) { perror(what); exit(1); }

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void call(struct stream *s) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&address, sizeof address)) die("connect");
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (send(s->fd, request, request_size, MSG_NOSIGNAL) != (ssize_t)request_size) die("send");
    fcntl(s->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
    epoll_ctl(poller, EPOLL_CTL_ADD, s->fd, &event);
}

static void keep(uint64_t delay) {
    if (delay_count == delay_room) {
        delay_room = delay_room ? delay_room * 2 : 1 << 16;
        delays = realloc(delays, delay_room * sizeof *delays);
        if (!delays) die("realloc");
    }
    delays[delay_count++] = delay;
}

static void note(struct stream *s, uint64_t sent, uint64_t came) {
    begun += !s->events++;
    heard++;
    last_heard = came;
    if (came >= window_from && came < window_to) {
        in_window++;
        keep(came > sent ? came - sent : 0);
    }
}

/* Read the stamps; what may be the beginning of one is kept for the next read. */
static void scan(struct stream *s, char *data, size_t size, uint64_t came) {
    char *at = data, *end = data + size;
    while ((at = memchr(at, '@', (size_t)(end - at)))) {
        if (end - at <= DIGITS) break;
        uint64_t sent = 0;
        int i = 1;
        while (i <= DIGITS && at[i] >= '0' && at[i] <= '9') sent = sent * 10 + (uint64_t)(at[i++] - '0');
        if (i > DIGITS) note(s, sent, came);
        at += i;
    }
    size_t rest = at ? (size_t)(end - at) : size < 14 ? size : 14;
    s->carried = rest < CARRY ? rest : 0;
    memcpy(s->carry, end - s->carried, s->carried);
}

static void end(struct stream *s) {
    close(s->fd);
    ended++;
    complete += s->done && s->events == wanted;
}

static void receive(struct stream *s) {
    static char buffer[CARRY + (1 << 16)];
    memcpy(buffer, s->carry, s->carried);
    ssize_t got = recv(s->fd, buffer + s->carried, 1 << 16, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) { end(s); return; }
    size_t size = s->carried + (size_t)got;
    s->done = memmem(buffer, size, "data: [DONE]", 12) != NULL;
    scan(s, buffer, size, now());
    if (s->done) end(s);
}

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void report(void) {
    static const double shares[] = {0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0};
    qsort(delays, delay_count, sizeof *delays, by_size);
    printf("{\"streams\": %zu, \"complete\": %zu, \"events\": %lu, \"in_window\": %lu, \"delay_ns\": {",
           stream_count, complete, heard, in_window);
    for (size_t i = 0; delay_count && i < sizeof shares / sizeof *shares; i++)
        printf("%s\"%g\": %lu", i ? ", " : "", shares[i], delays[(uint64_t)(shares[i] * (double)(delay_count - 1))]);
    printf("}}\n");
}

static void say(const char *word) {
    printf("%s %zu\n", word, begun - ended);
    fflush(stdout);
}

static void run(uint64_t ramp, uint64_t settle, uint64_t window) {
    uint64_t start = last_heard = now();
    int told = 0;
    window_from = start + ramp + settle;
    window_to = window_from + window;
    for (size_t open = 0; ended < stream_count;) {
        uint64_t t = now();
        while (open < stream_count && t >= start + ramp * open / stream_count) call(&streams[open++]);
        if (!told && t >= window_from) { told = 1; say("begin"); }
        if (told == 1 && t >= window_to) { told = 2; say("end"); }
        if (t > last_heard + PATIENCE) break;
        struct epoll_event events[BATCH];
        int ready = epoll_wait(poller, events, BATCH, told == 2 ? 100 : 1);
        for (int i = 0; i < ready; i++) receive(events[i].data.ptr);
    }
}

int main(int count, char **arguments) {
    if (count != 8) { fprintf(stderr, "usage: readers PORT STREAMS EVENTS RAMP_NS SETTLE_NS WINDOW_NS REQUEST\n"); return 2; }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    port = atoi(arguments[1]);
    stream_count = strtoull(arguments[2], NULL, 10);
    wanted = strtoull(arguments[3], NULL, 10);
    FILE *file = fopen(arguments[7], "rb");
    if (!file || !(request_size = fread(request, 1, sizeof request, file))) die(arguments[7]);
    streams = calloc(stream_count, sizeof *streams);
    poller = epoll_create1(0);
    run(strtoull(arguments[4], NULL, 10), strtoull(arguments[5], NULL, 10), strtoull(arguments[6], NULL, 10));
    report();
    return 0;
}
