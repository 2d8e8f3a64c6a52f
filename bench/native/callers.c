/* Callers of streams: each calls again as soon as its stream is over, and every event is counted.
 *
 * Usage: callers PORT CALLERS SECONDS REQUEST
 * REQUEST is a file with the bytes of one HTTP request; the answers must come in chunks or have a length. After SECONDS
 * nobody begins anew, and what is under way is read to its end, so that every call that has a cost is counted. Then one
 * line of JSON is printed.
 *
 * It does little besides reading, so that it is never slower than who is measured. `python -m bench.load` does the same
 * where there is no compiler.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CARRY = 8, MAX_HEAD = 16384, BATCH = 256, MAX_REQUEST = 1 << 22 };

struct caller {
    int fd, in_body, chunked, calling;
    size_t held;            /* bytes of a head that is not whole, or the last bytes of a body's last read */
    long long left;         /* bytes of a body with a length */
    uint64_t began;
    char keep[MAX_HEAD];
};

static char request[MAX_REQUEST];
static size_t request_size;
static uint64_t deadline, *times, calls, room, bytes, events, failed;
static int poller, port, calling;

static void die(const char *what) { perror(what); exit(1); }

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void call(struct caller *c) {
    c->in_body = c->chunked = c->calling = 0;
    c->held = 0;
    c->began = now();
    if (c->began >= deadline) return;
    for (size_t sent = 0; sent < request_size;) {
        ssize_t more = send(c->fd, request + sent, request_size - sent, MSG_NOSIGNAL);
        if (more < 0) { failed++; return; }
        sent += (size_t)more;
    }
    c->calling = 1;
    calling++;
}

static void finish(struct caller *c, int well) {
    calling--;
    c->calling = 0;
    if (!well) { failed++; return; }
    if (calls == room) {
        room = room ? room * 2 : 1 << 16;
        times = realloc(times, room * sizeof *times);
        if (!times) die("realloc");
    }
    times[calls++] = now() - c->began;
    call(c);
}

/* Read the head; what is behind it. NULL: it is not whole yet, and kept. */
static char *open_body(struct caller *c, char *data, size_t size) {
    data[size] = 0;
    char *end = memmem(data, size, "\r\n\r\n", 4);
    if (!end) {
        if (size >= MAX_HEAD) die("a head of more than 16 KiB");
        memcpy(c->keep, data, c->held = size);
        return NULL;
    }
    *end = 0;
    const char *length = strcasestr(data, "\r\ncontent-length:");
    if (strncmp(data, "HTTP/1.1 200", 12)) failed++;
    c->chunked = !length;
    c->left = length ? atoll(length + 17) : 0;
    c->in_body = 1;
    c->held = 0;
    return end + 4;
}

static void count_events(const char *data, size_t size) {
    const char *end = data + size;
    for (const char *at = data; (at = memmem(at, (size_t)(end - at), "\ndata: ", 7)); at += 7) events++;
}

static void receive(struct caller *c) {
    static char buffer[MAX_HEAD + (1 << 16) + 1];
    memcpy(buffer, c->keep, c->held);
    ssize_t got = recv(c->fd, buffer + c->held, 1 << 16, 0);
    if (got <= 0) {
        epoll_ctl(poller, EPOLL_CTL_DEL, c->fd, NULL);
        if (c->calling) finish(c, 0);
        return;
    }
    bytes += (uint64_t)got;
    char *data = buffer, *end = buffer + c->held + (size_t)got;
    if (!c->in_body && !(data = open_body(c, data, (size_t)(end - data)))) return;
    if (!c->chunked) c->left -= end - data;
    count_events(data, (size_t)(end - data));
    if (c->chunked ? end - data >= 5 && !memcmp(end - 5, "0\r\n\r\n", 5) : c->left <= 0) { finish(c, 1); return; }
    /* Fewer bytes than the mark of an event has, so that none is counted twice. */
    c->held = !c->chunked ? 0 : end - data < 6 ? (size_t)(end - data) : 6;
    memcpy(c->keep, end - c->held, c->held);
}

static void start(struct caller *c) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address)) die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event);
    call(c);
}

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static double share(double part) { return calls ? (double)times[(uint64_t)(part * (double)(calls - 1))] / 1e9 : 0.0; }

int main(int count, char **arguments) {
    if (count != 5) { fprintf(stderr, "usage: callers PORT CALLERS SECONDS REQUEST\n"); return 2; }
    port = atoi(arguments[1]);
    size_t callers = strtoull(arguments[2], NULL, 10);
    FILE *file = fopen(arguments[4], "rb");
    if (!file || !(request_size = fread(request, 1, sizeof request, file))) die(arguments[4]);
    struct caller *all = calloc(callers, sizeof *all);
    if (!all) die("calloc");
    poller = epoll_create1(0);
    uint64_t began = now();
    deadline = began + (uint64_t)(atof(arguments[3]) * 1e9);
    for (size_t i = 0; i < callers; i++) start(&all[i]);
    for (struct epoll_event ready[BATCH]; calling;) {
        int found = epoll_wait(poller, ready, BATCH, 60000);
        if (!found) die("nothing came for a minute");
        for (int i = 0; i < found; i++) receive(ready[i].data.ptr);
    }
    double seconds = (double)(now() - began) / 1e9;
    qsort(times, calls, sizeof *times, by_size);
    printf("{\"calls\": %lu, \"seconds\": %f, \"bytes\": %lu, \"events\": %lu, \"failed\": %lu, \"p50\": %f, \"p99\": %f}\n",
           calls, seconds, bytes, events, failed, share(0.5), share(0.99));
    return 0;
}
