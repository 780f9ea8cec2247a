/* The host's side of the bridge: runs one command in the guest as if it were here.
 *
 * Its own name is the command (zfs, zpool, zstream, zdb); under the name gx its arguments are.
 * It lies in DIR/bin; DIR/port, DIR/live and so on belong to the same guest. Environment:
 *
 *   ZREPL_LAB_UID=N      run the command as this user id
 *   ZREPL_LAB_CWD=PATH   run it in this folder of the guest
 * and for the stream of zfs send and zfs receive (not for dry runs), to interrupt it at will:
 *   ZREPL_LAB_CUT_AFTER=N                SIGKILL this shim when N bytes have passed
 *   ZREPL_LAB_SLOW_BYTES_PER_SECOND=N    let it pass at this rate only
 */
#define _GNU_SOURCE
#include "buffer.h"
#include "connect.h"
#include "protocol.h"
#include "tickets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* Limits for the stream of zfs send or zfs receive. */
struct stream {
    bool on_stdin, on_stdout;
    long long cut_after, bytes_per_second; /* -1: none */
    long long moved;
    double begin;
};

struct bridge {
    int socket, signals;
    struct buffer incoming, outgoing;
    bool stdin_open;
    size_t credit;              /* stdin bytes the agent still takes */
    bool sink_open[3];          /* by descriptor: 1 and 2 */
    bool sink_may_block[3];
    bool lost;                  /* the connection has ended */
    int loss_error;             /* why, if not by an orderly close */
    bool started;               /* the agent has said so */
    bool dying;                 /* a deadly signal was passed on */
    bool exited;
    int exit_signal, exit_status;
    sigset_t original_mask;
    struct stream stream;
    struct tickets tickets;
};

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "lab shim: %s: %s\n", what, strerror(errno));
    exit(EXIT_BRIDGE_FAILED);
}

/* ---- what to run, and how ---------------------------------------------------------------- */

static bool is_one_of(const char *word, const char *const *list) {
    for (; *list; list++) {
        if (strcmp(word, *list) == 0) {
            return true;
        }
    }
    return false;
}

/* zfs and zpool read stdin for few subcommands. For the others it must stay untouched, or the
 * shim would eat the input of a "while read" loop around it. */
static bool reads_stdin(char *const *command) {
    static const char *const readers[] = {
        "receive", "recv", "load-key", "change-key", "create", "mount", "import", "redup",
        "program", "split", "attach", "clone", NULL};
    bool knows_subcommands = strcmp(command[0], "zfs") == 0 || strcmp(command[0], "zpool") == 0;
    return !knows_subcommands || (command[1] && is_one_of(command[1], readers));
}

static bool is_dry_run(char *const *command) {
    for (int i = 2; command[i]; i++) {
        const char *word = command[i];
        if (strcmp(word, "--dryrun") == 0 ||
            (word[0] == '-' && word[1] != '-' && strchr(word, 'n'))) {
            return true;
        }
    }
    return false;
}

static long long number_from(const char *variable) {
    const char *text = getenv(variable);
    return text && *text ? atoll(text) : -1;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void set_up_stream(struct stream *s, char *const *command) {
    static const char *const receivers[] = {"receive", "recv", NULL};
    s->cut_after = number_from("ZREPL_LAB_CUT_AFTER");
    s->bytes_per_second = number_from("ZREPL_LAB_SLOW_BYTES_PER_SECOND");
    s->begin = now();
    if (strcmp(command[0], "zfs") == 0 && command[1] && !is_dry_run(command)) {
        s->on_stdin = is_one_of(command[1], receivers);
        s->on_stdout = strcmp(command[1], "send") == 0;
    }
}

/* How many of the wanted bytes may pass now. Zero: come back a little later. */
static size_t stream_allows(const struct stream *s, size_t wanted) {
    if (s->cut_after >= 0 && (long long)wanted > s->cut_after - s->moved) {
        wanted = (size_t)(s->cut_after - s->moved);
    }
    if (s->bytes_per_second > 0) {
        double due = (now() - s->begin) * (double)s->bytes_per_second - (double)s->moved;
        if (due < (double)wanted) {
            wanted = due >= 1 ? (size_t)due : 0;
        }
    }
    return wanted;
}

/* True when the stream has reached the point where the shim is to be cut off. */
static bool stream_moved(struct stream *s, size_t count) {
    s->moved += (long long)count;
    return s->cut_after >= 0 && s->moved >= s->cut_after;
}

/* ---- connection and request -------------------------------------------------------------- */

/* DIR, given that this program is DIR/bin/NAME. */
static void find_guest(char *dir) {
    ssize_t length = readlink("/proc/self/exe", dir, PATH_MAX - 1);
    if (length < 0) {
        fail("/proc/self/exe");
    }
    dir[length] = '\0';
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(dir, '/');
        if (slash) {
            *slash = '\0';
        }
    }
}

static bool is_passed_on(const char *setting) {
    static const char *const prefixes[] = {"ZFS_",  "ZPOOL_",    "LC_", "LANG=",
                                           "TZ=", "LANGUAGE=", NULL};
    for (const char *const *p = prefixes; *p; p++) {
        if (strncmp(setting, *p, strlen(*p)) == 0) {
            return true;
        }
    }
    return false;
}

static const char *setting_or(const char *variable, const char *otherwise) {
    const char *value = getenv(variable);
    return value && *value ? value : otherwise;
}

static void append_decimal(struct buffer *b, size_t value) {
    char text[24];
    snprintf(text, sizeof text, "%zu", value);
    buffer_append_string(b, text);
}

static void append_request(struct bridge *b, char *const *command) {
    struct buffer body = {0}, environment = {0}, arguments = {0};
    size_t environment_count = 0, argument_count = 0;
    for (char **setting = environ; *setting; setting++) {
        if (is_passed_on(*setting)) {
            buffer_append_string(&environment, *setting);
            environment_count++;
        }
    }
    for (; command[argument_count]; argument_count++) {
        buffer_append_string(&arguments, command[argument_count]);
    }
    buffer_append_number(&body, (uint32_t)(4 + 1 + b->tickets.orphan_count + 1 +
                                           environment_count + argument_count));
    buffer_append_string(&body, b->tickets.id);
    buffer_append_string(&body, b->stdin_open ? "1" : "0");
    buffer_append_string(&body, setting_or("ZREPL_LAB_UID", "0"));
    buffer_append_string(&body, setting_or("ZREPL_LAB_CWD", "/"));
    append_decimal(&body, b->tickets.orphan_count);
    buffer_append(&body, b->tickets.orphans.storage, b->tickets.orphans.length);
    append_decimal(&body, environment_count);
    buffer_append(&body, environment.storage, environment.length);
    buffer_append(&body, arguments.storage, arguments.length);
    buffer_append_frame(&b->outgoing, FRAME_REQUEST, body.storage, body.length);
    buffer_free(&body);
    buffer_free(&environment);
    buffer_free(&arguments);
}

/* Signals that would end us are passed on to the command; its end then ends us. One that we
 * were started with ignored (nohup) stays ignored. */
static int open_signals(sigset_t *original) {
    static const int passed_on[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    sigset_t mask;
    sigemptyset(&mask);
    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++) {
        struct sigaction action;
        sigaction(passed_on[i], NULL, &action);
        if (action.sa_handler != SIG_IGN) {
            sigaddset(&mask, passed_on[i]);
        }
    }
    sigprocmask(SIG_BLOCK, &mask, original);
    return signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* ---- output ------------------------------------------------------------------------------ */

static bool can_take(int fd, int timeout) {
    struct pollfd p = {fd, POLLOUT, 0};
    return poll(&p, 1, timeout) != 0;
}

static void give_up_sink(struct bridge *b, int fd) {
    b->sink_open[fd] = false;
    buffer_append_frame(&b->outgoing, fd == 1 ? FRAME_STDOUT_REFUSED : FRAME_STDERR_REFUSED,
                        NULL, 0);
    close(fd);
}

enum sink_state { SINK_TOOK, SINK_FULL, SINK_PACED };

/* Writes some of count > 0 bytes and says in *done how many are dealt with. */
static enum sink_state write_sink(struct bridge *b, int fd, const unsigned char *bytes,
                                  size_t count, size_t *done) {
    bool is_stream = fd == 1 && b->stream.on_stdout;
    *done = count;
    if (!b->sink_open[fd]) {
        return SINK_TOOK;
    }
    if (is_stream && (count = stream_allows(&b->stream, count)) == 0) {
        /* What was held back must not outlive the command by much. */
        b->sink_open[fd] = !b->dying;
        return b->dying ? SINK_TOOK : SINK_PACED;
    }
    if (b->sink_may_block[fd]) {
        /* Never block: then no signal would be passed on. After POLLOUT, PIPE_BUF bytes fit. */
        if (!can_take(fd, b->dying ? 200 : 0)) {
            if (!b->dying) {
                return SINK_FULL;
            }
            b->sink_open[fd] = false; /* output that nobody reads must not keep us alive */
            return SINK_TOOK;
        }
        count = count < PIPE_BUF ? count : PIPE_BUF;
    }
    ssize_t written = write(fd, bytes, count);
    if (written < 0) {
        if (errno == EINTR || errno == EAGAIN) {
            written = 0;
        } else {
            give_up_sink(b, fd);
            return SINK_TOOK;
        }
    }
    *done = (size_t)written;
    if (is_stream && stream_moved(&b->stream, *done)) {
        kill(getpid(), SIGKILL);
    }
    return SINK_TOOK;
}

/* Takes count payload bytes off the frame at the head, leaving a shorter frame. */
static void shorten_frame(struct buffer *b, size_t count) {
    unsigned char type = buffer_data(b)[0];
    size_t rest = decode_number(buffer_data(b) + 1) - count;
    if (rest == 0) {
        buffer_consume(b, FRAME_HEADER + count);
        return;
    }
    buffer_consume(b, count);
    buffer_data(b)[0] = type;
    encode_number(buffer_data(b) + 1, (uint32_t)rest);
}

static void refuse_stdin(struct bridge *b) {
    if (b->stdin_open) {
        b->stdin_open = false;
        close(0); /* whoever writes to us learns it */
        open("/dev/null", O_RDONLY);
    }
}

static void handle_frame(struct bridge *b, char type, const unsigned char *payload, size_t count) {
    switch (type) {
    case FRAME_STARTING:
        b->started = true;
        tickets_forget_orphans(&b->tickets);
        break;
    case FRAME_CREDIT:
        if (count == 4) {
            b->credit += decode_number(payload);
        }
        break;
    case FRAME_STDIN_REFUSED:
        refuse_stdin(b);
        break;
    case FRAME_EXIT:
        if (count == 2) {
            b->exited = true;
            *(payload[0] ? &b->exit_signal : &b->exit_status) = payload[1];
        }
        break;
    default:
        break;
    }
}

/* What stands in the way of handling more of what has arrived. */
struct obstacle {
    int full_sink;  /* a descriptor, or -1 */
    bool paced;
};

static struct obstacle handle_incoming(struct bridge *b) {
    struct obstacle none = {-1, false};
    struct buffer *in = &b->incoming;
    while (!b->exited && in->length >= FRAME_HEADER) {
        const unsigned char *frame = buffer_data(in);
        size_t count = decode_number(frame + 1), here = in->length - FRAME_HEADER;
        char type = (char)frame[0];
        if ((type == FRAME_STDOUT || type == FRAME_STDERR) && count > 0) {
            size_t done;
            int fd = type == FRAME_STDOUT ? 1 : 2;
            if (here == 0) {
                return none;
            }
            switch (write_sink(b, fd, frame + FRAME_HEADER, here < count ? here : count, &done)) {
            case SINK_FULL:
                return (struct obstacle){fd, false};
            case SINK_PACED:
                return (struct obstacle){-1, true};
            case SINK_TOOK:
                shorten_frame(in, done);
            }
            continue;
        }
        if (here < count) {
            return none;
        }
        handle_frame(b, type, frame + FRAME_HEADER, count);
        buffer_consume(in, FRAME_HEADER + count);
    }
    return none;
}

/* ---- input ------------------------------------------------------------------------------- */

static _Noreturn void send_rest_and_die(struct bridge *b) {
    struct pollfd writable = {b->socket, POLLOUT, 0};
    while (buffer_send(&b->outgoing, b->socket) && b->outgoing.length > 0) {
        poll(&writable, 1, 1000);
    }
    kill(getpid(), SIGKILL);
    abort();
}

static void read_stdin(struct bridge *b, size_t limit) {
    ssize_t got = buffer_read_frame(&b->outgoing, FRAME_STDIN, 0, limit);
    if (got > 0) {
        b->credit -= (size_t)got;
        if (b->stream.on_stdin && stream_moved(&b->stream, (size_t)got)) {
            send_rest_and_die(b);
        }
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        b->stdin_open = false;
        buffer_append_frame(&b->outgoing, FRAME_STDIN_END, NULL, 0);
    }
}

static void pass_signals_on(struct bridge *b) {
    struct signalfd_siginfo info;
    while (read(b->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        unsigned char number = (unsigned char)info.ssi_signo;
        if (number != SIGUSR1 && number != SIGUSR2) {
            b->dying = true;
        }
        buffer_append_frame(&b->outgoing, FRAME_SIGNAL, &number, 1);
    }
}

/* ---- the loop ---------------------------------------------------------------------------- */

static void receive(struct bridge *b) {
    ssize_t got = buffer_receive(&b->incoming, b->socket, CHUNK);
    if (got == RECEIVE_END || got == RECEIVE_FAILED) {
        b->lost = true;
        b->loss_error = got == RECEIVE_FAILED ? errno : 0;
    }
}

/* Waits for the next thing to do and does it, except for writing output. */
static void step(struct bridge *b, struct obstacle obstacle) {
    enum { SIGNALS, SOCKET, STDIN, SINK, COUNT };
    enum { PACE_MILLISECONDS = 10 };
    bool room = b->incoming.length < 2 * CHUNK;
    size_t input = 0;
    if (b->stdin_open && b->credit > 0 && b->outgoing.length < CHUNK) {
        input = b->credit < CHUNK ? b->credit : CHUNK;
        if (b->stream.on_stdin && (input = stream_allows(&b->stream, input)) == 0) {
            obstacle.paced = true;
        }
    }
    short socket_events = (short)((room ? POLLIN : 0) | (b->outgoing.length ? POLLOUT : 0));
    /* A lost connection, or one whose data we cannot hold now, must not make poll() spin. */
    struct pollfd p[COUNT] = {
        [SIGNALS] = {b->signals, POLLIN, 0},
        [SOCKET] = {b->lost || !socket_events ? -1 : b->socket, socket_events, 0},
        [STDIN] = {input ? 0 : -1, POLLIN, 0},
        [SINK] = {obstacle.full_sink, POLLOUT, 0},
    };
    if (poll(p, COUNT, obstacle.paced ? PACE_MILLISECONDS : -1) < 0 && errno != EINTR) {
        fail("poll");
    }
    if (p[SIGNALS].revents) {
        pass_signals_on(b);
    }
    if (p[SOCKET].revents & (POLLIN | POLLHUP | POLLERR) && room) {
        receive(b);
    }
    if (p[STDIN].revents) {
        read_stdin(b, input);
    }
}

/* Returns when the command has ended, or the connection. */
static void run(struct bridge *b) {
    for (;;) {
        struct obstacle obstacle = handle_incoming(b);
        if (b->exited) {
            return;
        }
        /* Output that still waits for its reader comes before the loss of the connection: the
         * exit frame may be behind it. */
        if (b->lost && obstacle.full_sink < 0 && !obstacle.paced) {
            return;
        }
        if (!buffer_send(&b->outgoing, b->socket)) {
            buffer_clear(&b->outgoing);
        }
        step(b, obstacle);
    }
}

static int die_like_the_command(const struct bridge *b) {
    struct rlimit no_core = {0, 0};
    sigset_t only;
    setrlimit(RLIMIT_CORE, &no_core);
    signal(b->exit_signal, SIG_DFL);
    sigprocmask(SIG_SETMASK, &b->original_mask, NULL);
    sigemptyset(&only);
    sigaddset(&only, b->exit_signal);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    kill(getpid(), b->exit_signal);
    return 128 + b->exit_signal;
}

static void look_at_sinks(struct bridge *b) {
    for (int fd = 1; fd <= 2; fd++) {
        struct stat status;
        b->sink_open[fd] = true;
        b->sink_may_block[fd] = fstat(fd, &status) == 0 && !S_ISREG(status.st_mode);
    }
}

int main(int argc, char **argv) {
    /* Were one of these closed, our socket would take its number. */
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            open("/dev/null", O_RDWR);
        }
    }
    char *slash = strrchr(argv[0], '/');
    argv[0] = slash ? slash + 1 : argv[0];
    bool generic = strcmp(argv[0], "gx") == 0;
    if (generic && argc < 2) {
        fputs("usage: gx COMMAND [ARGUMENT...]   (runs it in the lab's guest)\n", stderr);
        return 2;
    }
    char **command = argv + (generic ? 1 : 0);
    char dir[PATH_MAX];
    find_guest(dir);

    struct bridge b = {.stdin_open = generic || reads_stdin(command)};
    signal(SIGPIPE, SIG_IGN);
    look_at_sinks(&b);
    set_up_stream(&b.stream, command);
    tickets_draw(&b.tickets, dir);
    /* Until there is a connection, a signal simply ends us. */
    b.socket = connect_to_agent(dir, strcmp(command[0], "zpool") == 0,
                                b.stream.bytes_per_second > 0);
    b.signals = open_signals(&b.original_mask);
    append_request(&b, command);
    run(&b);
    if (!b.exited) {
        /* Our ticket stays: it is an orphan's now, and the next command waits for its end. */
        fprintf(stderr, "lab shim: connection to the guest lost %s%s%s\n",
                b.started ? "while the command ran" : "before the command began",
                b.loss_error ? ": " : "", b.loss_error ? strerror(b.loss_error) : "");
        return EXIT_BRIDGE_FAILED;
    }
    tickets_return(&b.tickets);
    return b.exit_signal ? die_like_the_command(&b) : b.exit_status;
}
