#define _GNU_SOURCE
#include "tickets.h"
#include "protocol.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Names that begin so are tickets not yet locked; nobody may take them for orphans. */
#define UNFINISHED '.'

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "lab shim: %s: %s\n", what, strerror(errno));
    exit(EXIT_BRIDGE_FAILED);
}

static void draw_own(struct tickets *t) {
    struct timespec now;
    char unfinished[sizeof t->id + 1];
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(t->id, sizeof t->id, "%d-%lld-%09ld", (int)getpid(), (long long)now.tv_sec,
             now.tv_nsec);
    snprintf(unfinished, sizeof unfinished, "%c%s", UNFINISHED, t->id);
    t->own = openat(t->folder, unfinished, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (t->own < 0 || flock(t->own, LOCK_EX) != 0 ||
        renameat(t->folder, unfinished, t->folder, t->id) != 0) {
        fail("cannot draw a ticket in the guest's folder 'live'");
    }
}

/* Shared locks, so that many shims may look at one orphan at once without each other's look
 * seeming to be its life. */
static int is_orphan(int folder, const char *name) {
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0; /* returned meanwhile */
    }
    int orphan = flock(fd, LOCK_SH | LOCK_NB) == 0;
    /* Its shim may have returned it between our open and our lock: then it has no name. */
    struct stat status;
    if (orphan && fstat(fd, &status) == 0 && status.st_nlink == 0) {
        orphan = 0;
    }
    close(fd);
    return orphan;
}

static void list_orphans(struct tickets *t) {
    DIR *listing = fdopendir(dup(t->folder));
    struct dirent *entry;
    if (!listing) {
        fail("cannot list the guest's folder 'live'");
    }
    while ((entry = readdir(listing)) != NULL) {
        if (entry->d_name[0] != UNFINISHED && strcmp(entry->d_name, t->id) != 0 &&
            is_orphan(t->folder, entry->d_name)) {
            buffer_append_string(&t->orphans, entry->d_name);
            t->orphan_count++;
        }
    }
    closedir(listing);
}

void tickets_draw(struct tickets *t, const char *dir) {
    char path[PATH_MAX + 8];
    snprintf(path, sizeof path, "%s/live", dir);
    t->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (t->folder < 0) {
        fail(path);
    }
    draw_own(t);
    list_orphans(t);
}

void tickets_forget_orphans(struct tickets *t) {
    const char *name = (const char *)t->orphans.storage;
    for (size_t i = 0; i < t->orphan_count; i++) {
        unlinkat(t->folder, name, 0);
        name += strlen(name) + 1;
    }
    t->orphan_count = 0;
}

void tickets_return(struct tickets *t) {
    unlinkat(t->folder, t->id, 0);
}
