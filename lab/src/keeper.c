/* keeper OWNER_PID GUEST_PID: ends the guest when its owner has ended, however that happened.
 * Waits on pid descriptors, so it costs nothing meanwhile and no reuse of a pid fools it. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { GRACE_MILLISECONDS = 3000 };

static int open_pid(const char *text) {
    return (int)syscall(SYS_pidfd_open, (pid_t)atoi(text), 0);
}

static void signal_pid(int pidfd, int signal_number) {
    syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fputs("usage: keeper OWNER_PID GUEST_PID\n", stderr);
        return 2;
    }
    int guest = open_pid(argv[2]);
    if (guest < 0) {
        return 0;
    }
    int owner = open_pid(argv[1]);
    if (owner >= 0) { /* else: the owner has ended already */
        struct pollfd watched[] = {{guest, POLLIN, 0}, {owner, POLLIN, 0}};
        while (poll(watched, 2, -1) <= 0) {
        }
        if (watched[0].revents) {
            return 0;
        }
    }
    signal_pid(guest, SIGTERM);
    struct pollfd ended = {guest, POLLIN, 0};
    if (poll(&ended, 1, GRACE_MILLISECONDS) == 0) {
        signal_pid(guest, SIGKILL);
    }
    return 0;
}
