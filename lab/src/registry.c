#define _GNU_SOURCE
#include "registry.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LIVE "/run/lab/live/"
#define DEAD "/run/lab/dead/"

enum { POLL_MICROSECONDS = 3000, GIVE_UP_AFTER_POLLS = 5000 }; /* 15 s and more */

static const char *path_of(const char *folder, const char *id) {
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s%s", folder, id);
    return path;
}

static bool create(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        perror(path);
        return false;
    }
    close(fd);
    return true;
}

bool registry_is_cancelled(const char *id) {
    return access(path_of(DEAD, id), F_OK) == 0;
}

bool registry_enter(const char *id) {
    create(path_of(LIVE, id));
    if (registry_is_cancelled(id)) {
        registry_leave(id);
        return false;
    }
    return true;
}

void registry_set_group(const char *id, pid_t group) {
    int fd = open(path_of(LIVE, id), O_WRONLY | O_CLOEXEC);
    if (fd < 0 || dprintf(fd, "%d\n", (int)group) < 0) {
        perror("lab agent: registry");
    }
    if (fd >= 0) {
        close(fd);
    }
}

void registry_leave(const char *id) {
    unlink(path_of(LIVE, id));
}

/* The group of a live command, 0 when it is about to be started, -1 when it has ended. */
static pid_t live_group(const char *id) {
    char text[32] = "";
    int fd = open(path_of(LIVE, id), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    return got > 0 ? (pid_t)atoi(text) : 0;
}

static void await_end_of(const char *id) {
    bool killed = false;
    create(path_of(DEAD, id));
    for (int polls = 0; polls < GIVE_UP_AFTER_POLLS; polls++) {
        pid_t group = live_group(id);
        if (group < 0) {
            return;
        }
        if (group > 0 && !killed) {
            /* Its worker does the same when it notices; do not wait for that. */
            killed = kill(-group, SIGKILL) == 0;
        }
        usleep(POLL_MICROSECONDS);
    }
    fprintf(stderr, "lab agent: the command of dead shim %s does not end; going on\n", id);
}

void registry_await_end(char *const *ids, size_t count) {
    for (size_t i = 0; i < count; i++) {
        await_end_of(ids[i]);
    }
}
