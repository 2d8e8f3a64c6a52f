/* A provider that is never the bottleneck: replays canned answers, chosen by the first segment of the path.
 *
 * Usage: mock ANSWERS INTERVAL_NS
 * Prints the port that it listens on, on 127.0.0.1, and serves until it is ended.
 *
 * An answer is a file in the folder ANSWERS: writes one after another, each a length (4 bytes, big-endian) and its
 * bytes. Each is one system call on the wire. The first is sent at once; of the further ones every answer under way gets
 * one in turn, as fast as the sockets take them, or, where the answer's name begins with `paced`, one every INTERVAL_NS.
 * In a paced write the digits behind an `@` are replaced by the nanoseconds of the monotonic clock right before it is
 * sent. In the first write of each answer those behind `req_` are replaced by its number: providers name every answer.
 *
 * It believes its callers: no pipelining, heads below 16 KiB. bench/mock.py does the same where there is no compiler.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_HEAD = 16384, DIGITS = 19, MAX_ANSWERS = 64, BATCH = 256 };

struct write_ { const char *data; size_t size; char *stamp, *name; };
struct answer { char name[64]; int paced; size_t count; struct write_ *writes; };

struct connection {
    int fd, chunked, reading_body;
    size_t held, left;              /* bytes of the head; bytes of the body still to come */
    char tail[5];                   /* the last bytes of a chunked body */
    const struct answer *answer;    /* what is being sent; NULL while a request is read */
    size_t at, offset;              /* which write, and how much of it is out */
    uint64_t due;
    struct connection *next;        /* behind it in the queue of paced connections */
    int queued, dead;
    char head[MAX_HEAD];
};

static struct answer answers[MAX_ANSWERS];
static size_t answer_count;
static uint64_t interval, begun;
static int poller, timer;
struct queue { struct connection *first, *last; };

static struct queue paced;               /* every pause is equally long, so it is in order by itself */
static struct queue turns;               /* who has the next write as soon as everybody else had one */
static struct connection *graves;        /* freed when no event of the batch can mean them any more */

static void die(const char *what) { perror(what); exit(1); }

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void load(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) die(path);
    struct answer *answer = &answers[answer_count++];
    snprintf(answer->name, sizeof answer->name, "%.63s", name);
    answer->paced = !strncmp(name, "paced", 5);
    unsigned char size[4];
    while (fread(size, 1, 4, file) == 4) {
        struct write_ each = {0};
        each.size = (size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 | size[3];
        char *data = malloc(each.size + 1);
        if (!data || fread(data, 1, each.size, file) != each.size) die(path);
        data[each.size] = 0;
        each.data = data;
        char *mark = answer->paced ? memchr(data, '@', each.size) : NULL;
        each.stamp = mark ? mark + 1 : NULL;
        mark = answer->count ? NULL : strstr(data, "req_");
        each.name = mark ? mark + 4 : NULL;
        answer->writes = realloc(answer->writes, (answer->count + 1) * sizeof each);
        if (!answer->writes) die("realloc");
        answer->writes[answer->count++] = each;
    }
    fclose(file);
}

static void load_all(const char *folder) {
    DIR *listing = opendir(folder);
    if (!listing) die(folder);
    for (struct dirent *entry; (entry = readdir(listing));)
        if (entry->d_name[0] != '.' && answer_count < MAX_ANSWERS) load(folder, entry->d_name);
    closedir(listing);
}

static const struct answer *find(const char *head) {
    const char *path = strchr(head, ' ');
    if (!path || path[1] != '/') return NULL;
    path += 2;
    size_t size = strcspn(path, "/ ?");
    for (size_t i = 0; i < answer_count; i++)
        if (strlen(answers[i].name) == size && !memcmp(answers[i].name, path, size)) return &answers[i];
    return NULL;
}

static void bury(struct connection *c) {
    c->next = graves;
    graves = c;
}

static void drop(struct connection *c) {
    close(c->fd);
    c->dead = 1;
    if (!c->queued) bury(c);
}

static void wait_writable(struct connection *c, int wanted) {
    struct epoll_event event = {.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = c};
    epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event);
}

static void write_digits(char *digits, uint64_t value) {
    for (int i = DIGITS - 1; i >= 0; i--, value /= 10) digits[i] = (char)('0' + value % 10);
}

static void arm(void) {
    struct itimerspec when = {0};
    if (paced.first) {
        when.it_value.tv_sec = (time_t)(paced.first->due / 1000000000u);
        when.it_value.tv_nsec = (long)(paced.first->due % 1000000000u);
    }
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void enqueue(struct queue *queue, struct connection *c) {
    c->queued = 1;
    c->next = NULL;
    if (queue->last) queue->last->next = c;
    else queue->first = c;
    queue->last = c;
}

static struct connection *dequeue(struct queue *queue) {
    struct connection *c = queue->first;
    queue->first = c->next;
    if (!queue->first) queue->last = NULL;
    c->queued = 0;
    return c;
}

/* Send the current write. 1: it is out; 0: the socket takes no more; -1: the connection is gone. */
static int send_one(struct connection *c) {
    const struct write_ *each = &c->answer->writes[c->at];
    if (each->stamp && !c->offset) write_digits(each->stamp, now());
    if (each->name && !c->offset) write_digits(each->name, ++begun);
    ssize_t sent = send(c->fd, each->data + c->offset, each->size - c->offset, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN) return -1;
        wait_writable(c, 1);
        return 0;
    }
    c->offset += (size_t)sent;
    if (c->offset < each->size) return send_one(c);
    c->offset = 0;
    c->at++;
    return 1;
}

/* Send the write whose turn it is, and queue for the next. Whether the connection lives. */
static int pump(struct connection *c) {
    if (!c->answer) return 1;
    int done = send_one(c);
    if (done < 0) { drop(c); return 0; }
    if (!done) return 1;
    if (c->at == c->answer->count) { c->answer = NULL; c->at = 0; return 1; }
    if (!c->answer->paced) { enqueue(&turns, c); return 1; }
    c->due += interval;
    enqueue(&paced, c);
    if (paced.first == c) arm();
    return 1;
}

static void take_turns(void) {
    for (struct connection *end = turns.last, *c = NULL; turns.first && c != end;) {
        c = dequeue(&turns);
        if (c->dead) bury(c);
        else pump(c);
    }
}

static void tick(void) {
    uint64_t expired;
    if (read(timer, &expired, sizeof expired) < 0 && errno != EAGAIN) die("timerfd");
    for (uint64_t t = now(); paced.first && paced.first->due <= t;) {
        struct connection *c = dequeue(&paced);
        if (c->dead) bury(c);
        else pump(c);
    }
    arm();
}

static int begin(struct connection *c) {
    c->answer = find(c->head);
    c->held = c->left = 0;
    c->reading_body = c->chunked = 0;
    memset(c->tail, 0, sizeof c->tail);
    if (!c->answer) {
        static const char none[] = "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        return send(c->fd, none, sizeof none - 1, MSG_NOSIGNAL) > 0 ? 1 : (drop(c), 0);
    }
    c->due = now();
    return pump(c);
}

/* Count what came of the body. 1: it is whole. */
static int count_body(struct connection *c, const char *data, size_t size) {
    if (!c->chunked) {
        c->left -= size < c->left ? size : c->left;
        return !c->left;
    }
    char seen[10];
    size_t kept = size < 5 ? size : 5;
    memcpy(seen, c->tail, 5);
    memcpy(seen + 5, data + size - kept, kept);
    memcpy(c->tail, seen + kept, 5);
    return !memcmp(c->tail, "0\r\n\r\n", 5);
}

/* Read the head that is whole. 1: the body is whole too. */
static int read_head(struct connection *c, const char *end) {
    const char *length = strcasestr(c->head, "\r\ncontent-length:");
    c->chunked = strcasestr(c->head, "\r\ntransfer-encoding: chunked") != NULL;
    c->left = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    c->reading_body = 1;
    size_t rest = c->held - (size_t)(end + 4 - c->head);
    return (!c->chunked && !c->left) || (rest && count_body(c, end + 4, rest));
}

static void receive(struct connection *c) {
    static char body[1 << 16];
    for (;;) {
        int in_body = c->reading_body;
        char *into = in_body ? body : c->head + c->held;
        size_t room = in_body ? sizeof body : MAX_HEAD - 1 - c->held;
        ssize_t got = room ? recv(c->fd, into, room, 0) : 0;
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) { drop(c); return; }
        int whole;
        if (in_body) whole = count_body(c, body, (size_t)got);
        else {
            c->held += (size_t)got;
            c->head[c->held] = 0;
            const char *end = strstr(c->head, "\r\n\r\n");
            whole = end && read_head(c, end);
        }
        if (whole && !begin(c)) return;
        if ((size_t)got < room) return;
    }
}

static void welcome(int listener) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct connection *c = calloc(1, sizeof *c);
        if (!c) die("calloc");
        c->fd = fd;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    }
}

static int listen_anywhere(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 4096)) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int count, char **arguments) {
    if (count != 3) { fprintf(stderr, "usage: mock ANSWERS INTERVAL_NS\n"); return 2; }
    load_all(arguments[1]);
    interval = strtoull(arguments[2], NULL, 10);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int listener = listen_anywhere();
    poller = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event on_listener = {.events = EPOLLIN, .data.ptr = &listener};
    struct epoll_event on_timer = {.events = EPOLLIN, .data.ptr = &timer};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &on_listener);
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &on_timer);
    for (struct epoll_event events[BATCH];;) {
        int ready = epoll_wait(poller, events, BATCH, turns.first ? 0 : -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == &listener) { welcome(listener); continue; }
            if (events[i].data.ptr == &timer) { tick(); continue; }
            struct connection *c = events[i].data.ptr;
            if (c->dead) continue;
            if (events[i].events & EPOLLOUT) {
                wait_writable(c, 0);
                if (!pump(c)) continue;
            }
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
        }
        take_turns();
        for (struct connection *c; (c = graves); free(c)) graves = c->next;
    }
}
