/* Loaded before the system's library: lets the FAULT_AT-th file operation of a kind fail, and all later ones if FAULT_STAYS
 * is 1. Only files below FAULT_BELOW count. FAULT_OPERATION is write, sync, rename (links too) or open (for writing, or making a
 * folder); FAULT_ERRNO is what the program is told. The file FAULT_COUNT grows by a byte for each operation that counts, and
 * FAULT_FAILED by a line for each that fails: its path.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long counted;

static long number_of(const char *variable)
{
    const char *text = getenv(variable);
    return text ? atol(text) : 0;
}

/* The system is asked directly, so that this is not counted itself. */
static void append(const char *file, const char *text)
{
    if (!file)
        return;
    int fd = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND, 0644);
    syscall(SYS_write, fd, text, strlen(text));
    syscall(SYS_close, fd);
}

/* Whether this operation on this path is one that fails. */
static int fails(const char *operation, const char *path)
{
    const char *below = getenv("FAULT_BELOW"), *wanted = getenv("FAULT_OPERATION");
    if (!below || !wanted || strcmp(operation, wanted) || strncmp(path, below, strlen(below)))
        return 0;
    long now = __sync_add_and_fetch(&counted, 1), at = number_of("FAULT_AT");
    append(getenv("FAULT_COUNT"), ".");
    if (!at || now < at || (now > at && !number_of("FAULT_STAYS")))
        return 0;
    append(getenv("FAULT_FAILED"), path);
    append(getenv("FAULT_FAILED"), "\n");
    errno = number_of("FAULT_ERRNO");
    return 1;
}

static int fails_at(const char *operation, int folder, const char *path)
{
    char base[PATH_MAX] = "", link[64], whole[2 * PATH_MAX];
    if (!path)
        return 0;
    if (path[0] == '/')
        return fails(operation, path);
    if (folder == AT_FDCWD) {
        if (!getcwd(base, sizeof base))
            return 0;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t n = readlink(link, base, sizeof base - 1);
        if (n < 0)
            return 0;
        base[n] = 0;
    }
    snprintf(whole, sizeof whole, "%s/%s", base, path);
    return fails(operation, whole);
}

static int fails_of(const char *operation, int fd)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0)
        return 0;
    path[n] = 0;
    return fails(operation, path);
}

#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))

ssize_t write(int fd, const void *bytes, size_t n)
{
    return fails_of("write", fd) ? -1 : REAL(ssize_t (*)(int, const void *, size_t), "write")(fd, bytes, n);
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
    return fails_of("write", fd) ? -1 : REAL(ssize_t (*)(int, const struct iovec *, int), "writev")(fd, parts, n);
}

int fsync(int fd)
{
    return fails_of("sync", fd) ? -1 : REAL(int (*)(int), "fsync")(fd);
}

int fdatasync(int fd)
{
    return fails_of("sync", fd) ? -1 : REAL(int (*)(int), "fdatasync")(fd);
}

int rename(const char *from, const char *to)
{
    return fails_at("rename", AT_FDCWD, to) ? -1 : REAL(int (*)(const char *, const char *), "rename")(from, to);
}

int renameat(int old, const char *from, int new, const char *to)
{
    return fails_at("rename", new, to) ? -1
                                       : REAL(int (*)(int, const char *, int, const char *), "renameat")(old, from, new, to);
}

int renameat2(int old, const char *from, int new, const char *to, unsigned flags)
{
    if (fails_at("rename", new, to))
        return -1;
    return REAL(int (*)(int, const char *, int, const char *, unsigned), "renameat2")(old, from, new, to, flags);
}

int link(const char *from, const char *to)
{
    return fails_at("rename", AT_FDCWD, to) ? -1 : REAL(int (*)(const char *, const char *), "link")(from, to);
}

int linkat(int old, const char *from, int new, const char *to, int flags)
{
    if (fails_at("rename", new, to))
        return -1;
    return REAL(int (*)(int, const char *, int, const char *, int), "linkat")(old, from, new, to, flags);
}

int mkdir(const char *path, mode_t mode)
{
    return fails_at("open", AT_FDCWD, path) ? -1 : REAL(int (*)(const char *, mode_t), "mkdir")(path, mode);
}

static int opened(const char *name, int folder, const char *path, int flags, mode_t mode)
{
    if (flags & (O_WRONLY | O_RDWR) && fails_at("open", folder, path))
        return -1;
    return REAL(int (*)(int, const char *, int, ...), name)(folder, path, flags, mode);
}

#define OPEN(name, at) \
    int name(const char *path, int flags, ...) \
    { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return opened(#at, AT_FDCWD, path, flags, mode); \
    } \
    int at(int folder, const char *path, int flags, ...) \
    { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return opened(#at, folder, path, flags, mode); \
    }

OPEN(open64, openat64)
OPEN(open, openat)
