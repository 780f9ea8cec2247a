/* Keeps /dev/zvol/POOL/NAME pointing at the zd devices, as udev does elsewhere. Listens to the
 * kernel's device events; there is no udev in the guest. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/dev/zvol/"
#define ZVOL_NAME _IOR(0x12, 125, char[256]) /* OpenZFS calls it BLKZNAME */

enum { MAX_VOLUMES = 4096 };

/* What each link is called, by device number; needed when the device is already gone. Volumes
 * take 16 minor numbers each, the others being for partitions. */
static char *link_names[MAX_VOLUMES];

/* The index of a whole zvol's device name, or -1 for partitions and other devices. */
static int index_of(const char *device) {
    char *end;
    if (strncmp(device, "zd", 2) != 0) {
        return -1;
    }
    long number = strtol(device + 2, &end, 10);
    if (end == device + 2 || *end != '\0' || number < 0 || number / 16 >= MAX_VOLUMES) {
        return -1;
    }
    return (int)(number / 16);
}

static void make_parents(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
}

static void remove_empty_parents(char *path) {
    char *slash;
    while ((slash = strrchr(path, '/')) && slash > path + strlen(FOLDER) - 1) {
        *slash = '\0';
        if (rmdir(path) != 0) {
            return;
        }
    }
}

static void drop_link(int index) {
    char *path = link_names[index];
    if (path) {
        unlink(path);
        remove_empty_parents(path);
        free(path);
        link_names[index] = NULL;
    }
}

static bool read_volume_name(const char *device, char name[256]) {
    char path[64];
    snprintf(path, sizeof path, "/dev/%.50s", device);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    bool known = ioctl(fd, ZVOL_NAME, name) == 0;
    close(fd);
    return known;
}

static void make_link(int index, const char *device) {
    char name[256] = "", path[512], target[64];
    if (!read_volume_name(device, name)) {
        return;
    }
    snprintf(path, sizeof path, FOLDER "%s", name);
    if (link_names[index] && strcmp(link_names[index], path) == 0) {
        return;
    }
    drop_link(index);
    snprintf(target, sizeof target, "/dev/%.50s", device);
    make_parents(path);
    unlink(path);
    if (symlink(target, path) == 0) {
        link_names[index] = strdup(path);
    } else {
        fprintf(stderr, "zvol-links: %s: %s\n", path, strerror(errno));
    }
}

/* An event is a list of KEY=VALUE strings, each with its NUL. */
static const char *value_of(const char *event, size_t size, const char *key) {
    size_t length = strlen(key);
    for (const char *line = event; line < event + size; line += strlen(line) + 1) {
        if (strncmp(line, key, length) == 0 && line[length] == '=') {
            return line + length + 1;
        }
    }
    return "";
}

static void handle_event(const char *event, size_t size) {
    const char *device = value_of(event, size, "DEVNAME");
    int index = index_of(device);
    if (index < 0) {
        return;
    }
    if (strcmp(value_of(event, size, "ACTION"), "remove") == 0) {
        drop_link(index);
    } else {
        make_link(index, device);
    }
}

int main(void) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
    int events = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    int room = 4 * 1024 * 1024;
    setsockopt(events, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    if (events < 0 || bind(events, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("zvol-links");
        return 1;
    }
    for (;;) {
        static char event[16 * 1024];
        ssize_t size = recv(events, event, sizeof event - 1, 0);
        if (size > 0) {
            event[size] = '\0';
            handle_event(event, (size_t)size);
        }
    }
}
