/* The guest's side of the bridge, and the zygote of zfs and zpool.
 *
 * Built as a library that is preloaded into /sbin/zfs and /sbin/zpool. It takes the place of
 * __libc_start_main: instead of the program's main() it runs a server which forks for every
 * command, and the child calls the real main(). Loading and relocating libzfs, which is most of
 * the time of a short command in an emulated machine, is thus done once per boot. Commands other
 * than the program's own name are executed in the ordinary way.
 *
 * The server keeps some idle workers, each a process that serves one connection at a time.
 */
#define _GNU_SOURCE
#include "buffer.h"
#include "protocol.h"
#include "registry.h"
#include "request.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WAKE_BELOW_IDLE = 6,   /* fewer idle workers than this: the parent makes more */
    MAX_IDLE = 48,         /* more: a worker that has finished ends */
    MAX_WORKERS = 1500,
    AFTERLIFE_MILLISECONDS = 500, /* wait for late output of a command's children */
    DRAIN_MILLISECONDS = 2000,
};

typedef int main_function(int, char **, char **);

static main_function *program_main;
static const char *program_name = "";
extern char **environ;

/* One command being served. A descriptor that is closed is -1. */
struct session {
    int socket;
    struct buffer incoming, outgoing, pending_stdin;
    struct request request;
    int stdin_fd, stdout_fd, stderr_fd; /* our ends of the command's pipes */
    bool stdin_ended;                   /* the shim has sent all there is */
    uint32_t unreported;                /* stdin bytes taken but not yet offered again */
    pid_t pid;
    int pidfd;
    bool exited, peer_gone;
    int status;
};

static void close_fd(int *fd) {
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* ---- starting the command ------------------------------------------------------------- */

static const char *find_program(const char *name, char *path, size_t size) {
    static const char *const folders[] = {"/sbin", "/usr/sbin", "/bin", "/usr/bin"};
    if (strchr(name, '/')) {
        return name;
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, size, "%s/%s", folders[i], name);
        if (access(path, X_OK) == 0) {
            return path;
        }
    }
    return name;
}

/* Runs in the child, possibly a vfork()ed one: system calls only. */
static void enter_child(const struct session *s, const int pipes[3]) {
    setsid(); /* the command leads a group, so that all of it can be signalled */
    for (int fd = 0; fd < 3; fd++) {
        dup2(pipes[fd], fd);
    }
    close_range(3, ~0U, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (chdir(s->request.directory) != 0) {
        _exit(EXIT_BRIDGE_FAILED);
    }
    if (s->request.uid != 0) {
        /* Not the C library's functions: those would change the threads of the whole process,
         * which a vfork()ed child still shares with its parent. */
        uid_t uid = s->request.uid;
        syscall(SYS_setgroups, 0, NULL);
        syscall(SYS_setresgid, uid, uid, uid);
        syscall(SYS_setresuid, uid, uid, uid);
    }
}

static char *move_string(char **string, char *to) {
    size_t size = strlen(*string) + 1;
    memcpy(to, *string, size);
    *string = to;
    return to + size;
}

/* libzfs writes a process title over argv and the environment, and expects them as the kernel
 * lays them out: one writable block, arguments first. */
static void lay_out_like_kernel(struct request *r) {
    size_t total = 1;
    for (size_t i = 0; i < r->argument_count; i++) {
        total += strlen(r->arguments[i]) + 1;
    }
    for (size_t i = 0; r->environment[i]; i++) {
        total += strlen(r->environment[i]) + 1;
    }
    char *cursor = malloc(total);
    if (!cursor) {
        _exit(EXIT_BRIDGE_FAILED);
    }
    for (size_t i = 0; i < r->argument_count; i++) {
        cursor = move_string(&r->arguments[i], cursor);
    }
    for (size_t i = 0; r->environment[i]; i++) {
        cursor = move_string(&r->environment[i], cursor);
    }
}

static _Noreturn void become_program(struct request *r) {
    lay_out_like_kernel(r);
    signal(SIGCHLD, SIG_DFL);
    environ = r->environment;
    prctl(PR_SET_NAME, program_name);
    exit(program_main((int)r->argument_count, r->arguments, r->environment));
}

static void start_by_zygote(struct session *s, const int child_pipes[3]) {
    s->pid = fork();
    if (s->pid == 0) {
        enter_child(s, child_pipes);
        become_program(&s->request);
    }
}

static void start_by_exec(struct session *s, const int child_pipes[3]) {
    char path[4096];
    const char *program = find_program(s->request.arguments[0], path, sizeof path);
    volatile int exec_error = 0; /* shared with the child until it has exec'd */
    s->pid = vfork();
    if (s->pid == 0) {
        enter_child(s, child_pipes);
        execve(program, s->request.arguments, s->request.environment);
        exec_error = errno;
        _exit(errno == ENOENT ? 127 : 126);
    }
    if (exec_error) {
        char text[512];
        int length = snprintf(text, sizeof text, "%.300s: %s\n", s->request.arguments[0],
                              strerror(exec_error));
        buffer_append_frame(&s->outgoing, FRAME_STDERR, text, (size_t)length);
    }
}

static void set_nonblocking(int fd) {
    if (fd >= 0) {
        fcntl(fd, F_SETFL, O_NONBLOCK);
    }
}

static bool open_pipes(struct session *s, int child_pipes[3]) {
    int in[2] = {-1, -1}, out[2], err[2];
    if (s->request.forward_stdin) {
        if (pipe2(in, O_CLOEXEC) != 0) {
            return false;
        }
        fcntl(in[1], F_SETPIPE_SZ, STDIN_WINDOW);
    } else {
        in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
        return false;
    }
    fcntl(out[0], F_SETPIPE_SZ, STDIN_WINDOW / 4);
    child_pipes[0] = in[0];
    child_pipes[1] = out[1];
    child_pipes[2] = err[1];
    s->stdin_fd = in[1];
    s->stdout_fd = out[0];
    s->stderr_fd = err[0];
    return true;
}

static bool start_command(struct session *s) {
    int child_pipes[3];
    if (!open_pipes(s, child_pipes)) {
        perror("lab agent: pipe");
        return false;
    }
    if (program_main && strcmp(s->request.arguments[0], program_name) == 0) {
        start_by_zygote(s, child_pipes);
    } else {
        start_by_exec(s, child_pipes);
    }
    for (int i = 0; i < 3; i++) {
        close(child_pipes[i]);
    }
    if (s->pid < 0) {
        perror("lab agent: fork");
        return false;
    }
    registry_set_group(s->request.id, s->pid);
    s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
    set_nonblocking(s->stdin_fd);
    set_nonblocking(s->stdout_fd);
    set_nonblocking(s->stderr_fd);
    return true;
}

/* ---- moving data ------------------------------------------------------------------------ */

static void signal_command(const struct session *s, int signal_number) {
    /* A child that has not run yet leads no group. */
    if (kill(-s->pid, signal_number) != 0 && !s->exited) {
        kill(s->pid, signal_number);
    }
}

static void offer_credit(struct session *s, uint32_t bytes) {
    unsigned char payload[4];
    encode_number(payload, bytes);
    buffer_append_frame(&s->outgoing, FRAME_CREDIT, payload, sizeof payload);
}

static void refuse_stdin(struct session *s) {
    close_fd(&s->stdin_fd);
    buffer_clear(&s->pending_stdin);
    if (!s->exited) {
        buffer_append_frame(&s->outgoing, FRAME_STDIN_REFUSED, NULL, 0);
    }
}

static void handle_frame(struct session *s, char type, const unsigned char *payload, size_t count) {
    switch (type) {
    case FRAME_STDIN:
        if (s->stdin_fd >= 0) {
            buffer_append(&s->pending_stdin, payload, count);
        }
        break;
    case FRAME_STDIN_END:
        s->stdin_ended = true;
        break;
    case FRAME_SIGNAL:
        if (!s->exited && count == 1) {
            signal_command(s, payload[0]);
        }
        break;
    case FRAME_STDOUT_REFUSED:
        close_fd(&s->stdout_fd);
        break;
    case FRAME_STDERR_REFUSED:
        close_fd(&s->stderr_fd);
        break;
    default:
        fprintf(stderr, "lab agent: unknown frame type %d\n", type);
        break;
    }
}

static void handle_incoming(struct session *s) {
    while (s->incoming.length >= FRAME_HEADER) {
        const unsigned char *frame = buffer_data(&s->incoming);
        size_t count = decode_number(frame + 1);
        if (s->incoming.length - FRAME_HEADER < count) {
            return;
        }
        handle_frame(s, (char)frame[0], frame + FRAME_HEADER, count);
        buffer_consume(&s->incoming, FRAME_HEADER + count);
    }
}

static void feed_stdin(struct session *s) {
    struct buffer *b = &s->pending_stdin;
    while (s->stdin_fd >= 0 && b->length > 0) {
        ssize_t written = write(s->stdin_fd, buffer_data(b), b->length);
        if (written > 0) {
            buffer_consume(b, (size_t)written);
            s->unreported += (uint32_t)written;
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            refuse_stdin(s);
        }
    }
    if (s->stdin_fd >= 0 && s->stdin_ended && b->length == 0) {
        close_fd(&s->stdin_fd);
    }
    if (s->stdin_fd >= 0 && s->unreported >= STDIN_WINDOW / 4) {
        offer_credit(s, s->unreported);
        s->unreported = 0;
    }
}

static void take_output(struct session *s, int *fd, char type, size_t limit) {
    ssize_t got = buffer_read_frame(&s->outgoing, type, *fd, limit);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        close_fd(fd);
    }
}

/* The command's own end; also reaps children that it left to us. */
static void reap(struct session *s) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == s->pid) {
            s->exited = true;
            s->status = status;
            close_fd(&s->pidfd);
        }
    }
}

/* Waits for something to happen and does it. False: nothing came for AFTERLIFE_MILLISECONDS
 * after the command's end, although some child of it still holds the pipes. */
static bool step(struct session *s) {
    enum { SOCKET, STDIN, STDOUT, STDERR, EXIT, COUNT };
    size_t queued = s->outgoing.length;
    struct pollfd p[COUNT] = { /* poll() skips negative descriptors */
        [SOCKET] = {s->socket, (short)(POLLIN | (queued ? POLLOUT : 0)), 0},
        [STDIN] = {s->stdin_fd, s->pending_stdin.length ? POLLOUT : 0, 0},
        [STDOUT] = {queued < CHUNK ? s->stdout_fd : -1, POLLIN, 0},
        [STDERR] = {queued < 2 * CHUNK ? s->stderr_fd : -1, POLLIN, 0},
        [EXIT] = {s->pidfd, POLLIN, 0},
    };
    int ready = poll(p, COUNT, s->exited ? AFTERLIFE_MILLISECONDS : -1);
    if (ready <= 0) {
        return !(ready == 0 && queued == 0);
    }
    if (p[SOCKET].revents) {
        ssize_t got = buffer_receive(&s->incoming, s->socket, CHUNK);
        if (got == RECEIVE_END || got == RECEIVE_FAILED) {
            s->peer_gone = true;
            return true;
        }
    }
    if (p[STDIN].revents & POLLERR) {
        refuse_stdin(s);
    }
    if (p[STDOUT].revents) {
        take_output(s, &s->stdout_fd, FRAME_STDOUT, CHUNK);
    }
    if (p[STDERR].revents) {
        take_output(s, &s->stderr_fd, FRAME_STDERR, 4096);
    }
    if (p[EXIT].revents) {
        reap(s);
    }
    return true;
}

static void serve_command(struct session *s) {
    if (s->stdin_fd >= 0) {
        offer_credit(s, STDIN_WINDOW);
    }
    for (;;) {
        handle_incoming(s);
        feed_stdin(s);
        if (s->exited && s->stdout_fd < 0 && s->stderr_fd < 0) {
            return;
        }
        if (!buffer_send(&s->outgoing, s->socket)) {
            s->peer_gone = true;
        }
        if (s->peer_gone || !step(s)) {
            return;
        }
    }
}

/* ---- ending ----------------------------------------------------------------------------- */

static void close_pipes(struct session *s) {
    close_fd(&s->stdin_fd);
    close_fd(&s->stdout_fd);
    close_fd(&s->stderr_fd);
}

/* The shim was killed: so must be all that it ran. A process inside the kernel ends only when
 * its ioctl lets it, and until then the command stays registered as running.
 *
 * The pipes must be closed too. While a receive begins, the kernel module makes threads, and
 * that forgets a signal which arrives meanwhile (it clears TIF_SIGPENDING). Such a process goes
 * on to wait for input with a pending SIGKILL that no further signal wakes; the end of its input
 * does. */
static void end_orphan(struct session *s) {
    signal_command(s, SIGKILL);
    close_pipes(s);
    for (;;) {
        reap(s);
        if (s->exited && kill(-s->pid, 0) != 0 && errno == ESRCH) {
            return;
        }
        struct pollfd exit = {s->pidfd, POLLIN, 0};
        poll(&exit, 1, s->exited ? 2 : 100);
        signal_command(s, SIGKILL);
    }
}

static void report_exit(struct session *s) {
    bool signalled = WIFSIGNALED(s->status);
    unsigned char payload[2] = {
        signalled, (unsigned char)(signalled ? WTERMSIG(s->status) : WEXITSTATUS(s->status))};
    buffer_append_frame(&s->outgoing, FRAME_EXIT, payload, sizeof payload);
    while (buffer_send(&s->outgoing, s->socket) && s->outgoing.length > 0) {
        struct pollfd writable = {s->socket, POLLOUT, 0};
        poll(&writable, 1, -1);
    }
}

/* Closing a socket that holds unread stdin makes the kernel send a reset, which can overtake
 * and destroy the exit frame. So read on until the shim, having got the frame, closes. It should
 * be the first to close: then its side remembers the port for a while, and no new connection can
 * come from the same port while the emulated network still has the old one. */
static void drain(struct session *s) {
    for (int waited = 0; waited < DRAIN_MILLISECONDS;) {
        struct pollfd readable = {s->socket, POLLIN, 0};
        if (poll(&readable, 1, 10) == 0) {
            waited += 10;
            continue;
        }
        buffer_clear(&s->incoming);
        ssize_t got = buffer_receive(&s->incoming, s->socket, CHUNK);
        if (got == RECEIVE_END || got == RECEIVE_FAILED) {
            return;
        }
    }
}

static void run_request(struct session *s) {
    registry_await_end(s->request.orphans, s->request.orphan_count);
    if (!registry_enter(s->request.id)) {
        fprintf(stderr, "lab agent: shim %s is dead, its command not begun\n", s->request.id);
        return;
    }
    buffer_append_frame(&s->outgoing, FRAME_STARTING, NULL, 0);
    if (!start_command(s)) {
        registry_leave(s->request.id);
        return; /* the shim reports a lost connection */
    }
    serve_command(s);
    if (s->peer_gone || registry_is_cancelled(s->request.id)) {
        s->peer_gone = true;
        end_orphan(s);
    }
    registry_leave(s->request.id);
    if (!s->peer_gone) {
        report_exit(s);
        drain(s);
    }
}

static void serve_connection(int socket) {
    struct session s = {.socket = socket, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1,
                        .pidfd = -1};
    int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    buffer_append_frame(&s.outgoing, FRAME_HELLO, NULL, 0);
    buffer_send(&s.outgoing, socket);
    if (request_receive(&s.request, socket, &s.incoming)) {
        run_request(&s);
    }
    close_pipes(&s);
    close_fd(&s.pidfd);
    close(socket);
    request_free(&s.request);
    buffer_free(&s.incoming);
    buffer_free(&s.outgoing);
    buffer_free(&s.pending_stdin);
}

/* ---- the pool of workers ---------------------------------------------------------------- */

struct pool {
    atomic_int *idle; /* shared by all processes of the pool */
    int wake_read, wake_write;
    int listener;
};

static _Noreturn void work(const struct pool *pool) {
    /* What a command leaves behind comes to its worker, which can tell when all is gone. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (;;) {
        int socket = accept4(pool->listener, NULL, NULL, SOCK_CLOEXEC);
        if (socket < 0) {
            continue;
        }
        if (atomic_fetch_sub(pool->idle, 1) <= WAKE_BELOW_IDLE) {
            ssize_t ignored = write(pool->wake_write, "", 1);
            (void)ignored;
        }
        serve_connection(socket);
        if (atomic_fetch_add(pool->idle, 1) >= MAX_IDLE) {
            atomic_fetch_sub(pool->idle, 1);
            _exit(0);
        }
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
    }
}

static _Noreturn void run_pool(struct pool *pool, int wanted_idle) {
    int workers = 0;
    for (;;) {
        while (atomic_load(pool->idle) < wanted_idle && workers < MAX_WORKERS) {
            pid_t pid = fork();
            if (pid == 0) {
                work(pool);
            }
            if (pid < 0) {
                perror("lab agent: fork");
                break;
            }
            atomic_fetch_add(pool->idle, 1);
            workers++;
        }
        char wakes[64];
        struct pollfd wake = {pool->wake_read, POLLIN, 0};
        if (poll(&wake, 1, 1000) > 0 && read(pool->wake_read, wakes, sizeof wakes) < 0) {
            perror("lab agent: wake pipe");
        }
        while (waitpid(-1, NULL, WNOHANG) > 0) {
            workers--;
        }
    }
}

static int listen_on(int port) {
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1024) != 0) {
        perror("lab agent: cannot listen");
        exit(1);
    }
    return fd;
}

/* Arguments: port, number of idle workers to keep. */
static int serve(int argc, char **argv, char **envp) {
    (void)envp;
    if (argc != 3) {
        fputs("usage: PROGRAM PORT IDLE_WORKERS\n", stderr);
        return 2;
    }
    unsetenv("LD_PRELOAD");
    signal(SIGPIPE, SIG_IGN);
    int wake[2];
    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0) {
        perror("lab agent: pipe");
        return 1;
    }
    struct pool pool = {
        .idle = mmap(NULL, sizeof(atomic_int), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0),
        .wake_read = wake[0],
        .wake_write = wake[1],
        .listener = listen_on(atoi(argv[1])),
    };
    if (pool.idle == MAP_FAILED) {
        perror("lab agent: mmap");
        return 1;
    }
    run_pool(&pool, atoi(argv[2]));
}

__attribute__((visibility("default"))) int __libc_start_main(
    main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
    void (*rtld_fini)(void), void *stack_end) {
    __typeof__(&__libc_start_main) real = dlsym(RTLD_NEXT, "__libc_start_main");
    const char *slash = strrchr(argv[0], '/');
    program_main = main;
    program_name = slash ? slash + 1 : argv[0];
    return real(serve, argc, argv, init, fini, rtld_fini, stack_end);
}
