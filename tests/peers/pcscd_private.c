/* Preloaded into pcscd by the tests: its folder /run/pcscd becomes $PCSCD_FOLDER, and the virtual reader, which
 * listens on every address, listens on 127.0.0.1 alone. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define THERE "/run/pcscd"
#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

static const char *moved(const char *path, char *room) {
    const char *folder = getenv("PCSCD_FOLDER");
    if (!path || !folder || strncmp(path, THERE, sizeof THERE - 1)) return path;
    snprintf(room, 4096, "%s%s", folder, path + sizeof THERE - 1);
    return room;
}

int bind(int fd, const struct sockaddr *address, socklen_t length) {
    char room[4096];
    if (address && address->sa_family == AF_INET) {
        struct sockaddr_in here = *(const struct sockaddr_in *)address;
        if (here.sin_addr.s_addr == htonl(INADDR_ANY)) here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return REAL(int, bind, int, const struct sockaddr *, socklen_t)(fd, (void *)&here, sizeof here);
    }
    if (address && address->sa_family == AF_UNIX) {
        struct sockaddr_un here = {.sun_family = AF_UNIX};
        const char *path = moved(((const struct sockaddr_un *)address)->sun_path, room);
        snprintf(here.sun_path, sizeof here.sun_path, "%s", path);
        return REAL(int, bind, int, const struct sockaddr *, socklen_t)(fd, (void *)&here, sizeof here);
    }
    return REAL(int, bind, int, const struct sockaddr *, socklen_t)(fd, address, length);
}

int open(const char *path, int flags, ...) {
    char room[4096];
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return REAL(int, open, const char *, int, mode_t)(moved(path, room), flags, mode);
}

FILE *fopen(const char *path, const char *mode) {
    char room[4096];
    return REAL(FILE *, fopen, const char *, const char *)(moved(path, room), mode);
}

int stat(const char *path, struct stat *found) {
    char room[4096];
    return REAL(int, stat, const char *, struct stat *)(moved(path, room), found);
}

int chmod(const char *path, mode_t mode) {
    char room[4096];
    return REAL(int, chmod, const char *, mode_t)(moved(path, room), mode);
}

int mkdir(const char *path, mode_t mode) {
    char room[4096];
    return REAL(int, mkdir, const char *, mode_t)(moved(path, room), mode);
}

int remove(const char *path) {
    char room[4096];
    return REAL(int, remove, const char *)(moved(path, room));
}
