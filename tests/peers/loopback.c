/* Preloaded into a peer that listens on every address: it listens on 127.0.0.1 alone, by IPv6 too (mapped). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

int bind(int fd, const struct sockaddr *address, socklen_t length) {
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    if (address && address->sa_family == AF_INET) {
        struct sockaddr_in here = *(const struct sockaddr_in *)address;
        if (here.sin_addr.s_addr == htonl(INADDR_ANY)) here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return real(fd, (void *)&here, sizeof here);
    }
    if (address && address->sa_family == AF_INET6) {
        struct sockaddr_in6 here = *(const struct sockaddr_in6 *)address;
        if (!memcmp(&here.sin6_addr, &in6addr_any, sizeof in6addr_any))
            inet_pton(AF_INET6, "::ffff:127.0.0.1", &here.sin6_addr);
        return real(fd, (void *)&here, sizeof here);
    }
    return real(fd, address, length);
}
