// Preloaded into a process under test (LD_PRELOAD): notes in a log every call that changes a file below one folder, with its bytes
// and with what made it durable, and makes calls fail when asked. From the log, test/rig/power-loss.ts builds what a disk holds
// after the power went at any point of it. Linux with glibc only.
//
// Environment: RIG_ROOT the folder; RIG_LOG the log, appended to; RIG_CONTROL (optional) a file of struct control, shared with the
// rig; RIG_ACK_FD (optional) the descriptor on which the process acknowledges: what it writes there is noted, too.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, END, TRUNCATE, SYNC, CREATE, RENAME, UNLINK, MKDIR, RMDIR, LINK, ACK };
enum { C_WRITE, C_SYNC, C_OPEN, C_RENAME, C_READ, C_TRUNCATE, C_NAME, CLASSES };

// Shared with the rig (test/rig/disk.ts). All of it is uint32.
struct control {
  struct {
    uint32_t one_in; // 0: never; n: each call fails with the probability 1/n
    uint32_t error;  // errno
    uint32_t left;   // so many failures at most
    uint32_t failed; // failures so far
  } class[CLASSES];
  uint32_t short_one_in; // writes and reads that do only a part of their work
  uint32_t seed;
};

// A record: this head, then `a` and `b` bytes.
struct head {
  uint32_t length; // of the whole record
  uint32_t type;
  uint64_t call;   // joins the beginning of a call with its END
  uint64_t inode;
  int64_t offset;
  int64_t result;
  uint32_t a, b;
};

enum { TRACKED = 1, DSYNC = 2, APPEND = 4 };
#define MOST_FDS 65536
static volatile unsigned char fds[MOST_FDS];
static char root[PATH_MAX];
static size_t root_length;
static int log_fd = -1, ack_fd = -1;
static struct control *control;
static uint64_t calls, draws;

static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static ssize_t (*real_read)(int, void *, size_t);
static ssize_t (*real_pread)(int, void *, size_t, off_t);
static ssize_t (*real_readv)(int, const struct iovec *, int);
static ssize_t (*real_preadv)(int, const struct iovec *, int, off_t);
static int (*real_fsync)(int), (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_renameat)(int, const char *, int, const char *);
static int (*real_unlinkat)(int, const char *, int);
static int (*real_mkdirat)(int, const char *, mode_t);
static int (*real_linkat)(int, const char *, int, const char *, int);
static long (*real_syscall)(long, ...);
static int ready;

static void *find(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

__attribute__((constructor)) static void prepare(void) {
  if (ready) return;
  real_openat = find("openat");
  real_close = find("close");
  real_write = find("write");
  real_pwrite = find("pwrite64");
  real_writev = find("writev");
  real_pwritev = find("pwritev64");
  real_read = find("read");
  real_pread = find("pread64");
  real_readv = find("readv");
  real_preadv = find("preadv64");
  real_fsync = find("fsync");
  real_fdatasync = find("fdatasync");
  real_ftruncate = find("ftruncate64");
  real_renameat = find("renameat");
  real_unlinkat = find("unlinkat");
  real_mkdirat = find("mkdirat");
  real_linkat = find("linkat");
  real_syscall = find("syscall");
  ready = 1;
  const char *folder = getenv("RIG_ROOT"), *log = getenv("RIG_LOG"), *shared = getenv("RIG_CONTROL"), *ack = getenv("RIG_ACK_FD");
  if (folder == NULL || strlen(folder) >= sizeof root) return;
  strcpy(root, folder);
  root_length = strlen(root);
  if (ack != NULL) ack_fd = atoi(ack);
  if (log != NULL) {
    int fd = real_openat(AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) abort();
    log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 900); // Out of the way of the process's own descriptors.
    real_close(fd);
  }
  if (shared != NULL) {
    int fd = real_openat(AT_FDCWD, shared, O_RDWR | O_CLOEXEC);
    void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) abort();
    control = mapped;
    real_close(fd);
  }
}

// One append of one record; the kernel keeps appends in order, so the order of the log is the order of the calls.
static void note(uint32_t type, uint64_t call, uint64_t inode, int64_t offset, int64_t result, const void *a, size_t a_length,
                 const void *b, size_t b_length) {
  if (log_fd < 0) return;
  int saved = errno;
  struct head head = {sizeof head + a_length + b_length, type, call, inode, offset, result, a_length, b_length};
  struct iovec parts[3] = {{&head, sizeof head}, {(void *)a, a_length}, {(void *)b, b_length}};
  if (real_writev(log_fd, parts, 3) != (ssize_t)head.length) abort();
  errno = saved;
}

static uint64_t next_call(void) { return (uint64_t)getpid() << 32 | __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED); }

static int drawn(uint32_t one_in) {
  if (one_in == 0) return 0;
  uint64_t x = ((uint64_t)control->seed << 32) + __atomic_add_fetch(&draws, 1, __ATOMIC_RELAXED) * 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return (x ^ x >> 31) % one_in == 0;
}

// Whether this call is to fail; then errno is set.
static int fails(int class) {
  if (control == NULL || control->class[class].left == 0 || !drawn(control->class[class].one_in)) return 0;
  control->class[class].left--;
  control->class[class].failed++;
  errno = control->class[class].error;
  return 1;
}

static size_t shortened(size_t length) {
  if (control == NULL || length < 2 || !drawn(control->short_one_in)) return length;
  return length / 2;
}

static int flags_of(int fd) { return fd >= 0 && fd < MOST_FDS ? fds[fd] : 0; }

static uint64_t inode_of(int fd) {
  struct stat is;
  return fstat(fd, &is) == 0 ? is.st_ino : 0;
}

// The absolute path below the folder, or NULL when it is elsewhere.
static const char *below(int dir, const char *path, char *into) {
  if (root_length == 0 || path == NULL) return NULL;
  if (path[0] == '/') snprintf(into, PATH_MAX, "%s", path);
  else {
    char link[64];
    snprintf(link, sizeof link, dir == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", dir);
    ssize_t length = readlink(link, into, PATH_MAX - 2);
    if (length < 0) return NULL;
    snprintf(into + length, PATH_MAX - length, "/%s", path);
  }
  return strncmp(into, root, root_length) == 0 && (into[root_length] == '/' || into[root_length] == 0) ? into : NULL;
}

// ---- opening and closing

static int open_at(int dir, const char *path, int flags, mode_t mode) {
  if (!ready) prepare();
  char memory[PATH_MAX];
  const char *ours = below(dir, path, memory);
  // A read-only disk can be read.
  int reads = (flags & O_ACCMODE) == O_RDONLY && (flags & O_CREAT) == 0;
  if (ours != NULL && !(reads && control != NULL && control->class[C_OPEN].error == EROFS) && fails(C_OPEN)) return -1;
  // The rig decides what is durable, so the real disk is spared.
  int fd = real_openat(dir, path, ours != NULL && log_fd >= 0 ? flags & ~O_SYNC : flags, mode);
  if (fd < 0 || fd >= MOST_FDS) return fd;
  fds[fd] = ours == NULL ? 0 : TRACKED | (flags & O_DSYNC ? DSYNC : 0) | (flags & O_APPEND ? APPEND : 0);
  if (ours != NULL && (flags & (O_CREAT | O_TRUNC)) != 0) {
    note(CREATE, next_call(), inode_of(fd), 0, (flags & O_TRUNC) != 0, ours, strlen(ours), NULL, 0);
  }
  return fd;
}

static mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(name, before, dir)                  \
  int name(before const char *path, int flags, ...) { \
    va_list arguments;                           \
    va_start(arguments, flags);                  \
    mode_t mode = mode_of(flags, arguments);     \
    va_end(arguments);                           \
    return open_at(dir, path, flags, mode);      \
  }
#define NOTHING
#define DIR_FD int dir,
OPEN(open, NOTHING, AT_FDCWD)
OPEN(open64, NOTHING, AT_FDCWD)
OPEN(openat, DIR_FD, dir)
OPEN(openat64, DIR_FD, dir)
int creat(const char *path, mode_t mode) { return open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }

int close(int fd) {
  if (!ready) prepare();
  if (fd >= 0 && fd < MOST_FDS) fds[fd] = 0;
  return real_close(fd);
}

// libuv closes files with syscall(SYS_close, fd).
long syscall(long number, ...) {
  if (!ready) prepare();
  va_list arguments;
  va_start(arguments, number);
  long a = va_arg(arguments, long), b = va_arg(arguments, long), c = va_arg(arguments, long), d = va_arg(arguments, long),
       e = va_arg(arguments, long), f = va_arg(arguments, long);
  va_end(arguments);
  if (number == SYS_close && a >= 0 && a < MOST_FDS) fds[a] = 0;
  return real_syscall(number, a, b, c, d, e, f);
}

// ---- writing

enum { AT_POSITION = -1 };

static ssize_t write_noted(int fd, const void *bytes, size_t length, off_t offset) {
  int flags = fds[fd];
  off_t at = offset;
  if (flags & APPEND) at = lseek(fd, 0, SEEK_END);
  else if (offset == AT_POSITION) at = lseek(fd, 0, SEEK_CUR);
  size_t some = shortened(length);
  uint64_t call = next_call(), inode = inode_of(fd);
  note(WRITE, call, inode, at, (flags & DSYNC) != 0, bytes, some, NULL, 0);
  int failing = fails(C_WRITE), error = errno;
  ssize_t done = -1;
  // What a failed write leaves is not known: the whole, or nothing. Want of room leaves nothing.
  if (!failing || (error == EIO && length % 2 == 0)) {
    done = offset == AT_POSITION ? real_write(fd, bytes, some) : real_pwrite(fd, bytes, some, offset);
    if (done < 0) error = errno;
  }
  note(END, call, inode, 0, failing || done < 0 ? -error : done, NULL, 0, NULL, 0);
  if (failing) {
    errno = error;
    return -1;
  }
  return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  if (!ready) prepare();
  if (fd == ack_fd) note(ACK, 0, 0, 0, 0, bytes, length, NULL, 0);
  if (!(flags_of(fd) & TRACKED)) return real_write(fd, bytes, length);
  return write_noted(fd, bytes, length, AT_POSITION);
}

static ssize_t pwrite_any(int fd, const void *bytes, size_t length, off_t offset) {
  if (!ready) prepare();
  return flags_of(fd) & TRACKED ? write_noted(fd, bytes, length, offset) : real_pwrite(fd, bytes, length, offset);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite_any(fd, bytes, length, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return pwrite_any(fd, bytes, length, offset); }

static ssize_t gathered(int fd, const struct iovec *parts, int count, off_t offset) {
  size_t length = 0, at = 0;
  for (int part = 0; part < count; part++) length += parts[part].iov_len;
  char *bytes = malloc(length + 1);
  if (bytes == NULL) abort();
  for (int part = 0; part < count; part++) {
    memcpy(bytes + at, parts[part].iov_base, parts[part].iov_len);
    at += parts[part].iov_len;
  }
  ssize_t done = write_noted(fd, bytes, length, offset);
  int saved = errno;
  free(bytes);
  errno = saved;
  return done;
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (!ready) prepare();
  return flags_of(fd) & TRACKED ? gathered(fd, parts, count, AT_POSITION) : real_writev(fd, parts, count);
}
static ssize_t pwritev_any(int fd, const struct iovec *parts, int count, off_t offset) {
  if (!ready) prepare();
  return flags_of(fd) & TRACKED ? gathered(fd, parts, count, offset) : real_pwritev(fd, parts, count, offset);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev_any(fd, parts, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) { return pwritev_any(fd, parts, count, offset); }

static int truncate_noted(int fd, off_t length) {
  if (!ready) prepare();
  if (!(flags_of(fd) & TRACKED)) return real_ftruncate(fd, length);
  if (fails(C_TRUNCATE)) return -1;
  int result = real_ftruncate(fd, length);
  if (result == 0) note(TRUNCATE, next_call(), inode_of(fd), length, 0, NULL, 0, NULL, 0);
  return result;
}
int ftruncate(int fd, off_t length) { return truncate_noted(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncate_noted(fd, length); }

// ---- reading

ssize_t read(int fd, void *bytes, size_t length) {
  if (!ready) prepare();
  if (!(flags_of(fd) & TRACKED)) return real_read(fd, bytes, length);
  return fails(C_READ) ? -1 : real_read(fd, bytes, shortened(length));
}
static ssize_t pread_any(int fd, void *bytes, size_t length, off_t offset) {
  if (!ready) prepare();
  if (!(flags_of(fd) & TRACKED)) return real_pread(fd, bytes, length, offset);
  return fails(C_READ) ? -1 : real_pread(fd, bytes, shortened(length), offset);
}
ssize_t pread(int fd, void *bytes, size_t length, off_t offset) { return pread_any(fd, bytes, length, offset); }
ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) { return pread_any(fd, bytes, length, offset); }
ssize_t readv(int fd, const struct iovec *parts, int count) {
  if (!ready) prepare();
  return flags_of(fd) & TRACKED && fails(C_READ) ? -1 : real_readv(fd, parts, count);
}
static ssize_t preadv_any(int fd, const struct iovec *parts, int count, off_t offset) {
  if (!ready) prepare();
  return flags_of(fd) & TRACKED && fails(C_READ) ? -1 : real_preadv(fd, parts, count, offset);
}
ssize_t preadv(int fd, const struct iovec *parts, int count, off_t offset) { return preadv_any(fd, parts, count, offset); }
ssize_t preadv64(int fd, const struct iovec *parts, int count, off64_t offset) { return preadv_any(fd, parts, count, offset); }

// ---- forcing to disk

static int sync_noted(int fd, int (*real)(int)) {
  if (!(flags_of(fd) & TRACKED)) return real(fd);
  uint64_t call = next_call(), inode = inode_of(fd);
  note(SYNC, call, inode, 0, 0, NULL, 0, NULL, 0);
  int result = fails(C_SYNC) ? -1 : log_fd >= 0 ? 0 : real(fd);
  note(END, call, inode, 0, result == 0 ? 0 : -errno, NULL, 0, NULL, 0);
  return result;
}
int fsync(int fd) {
  if (!ready) prepare();
  return sync_noted(fd, real_fsync);
}
int fdatasync(int fd) {
  if (!ready) prepare();
  return sync_noted(fd, real_fdatasync);
}

// ---- names

static int rename_noted(int from_dir, const char *from, int to_dir, const char *to) {
  if (!ready) prepare();
  char from_memory[PATH_MAX], to_memory[PATH_MAX];
  const char *source = below(from_dir, from, from_memory), *target = below(to_dir, to, to_memory);
  if (source != NULL && fails(C_RENAME)) return -1;
  int result = real_renameat(from_dir, from, to_dir, to);
  if (result == 0 && source != NULL && target != NULL) {
    note(RENAME, next_call(), 0, 0, 0, source, strlen(source), target, strlen(target));
  }
  return result;
}
int rename(const char *from, const char *to) { return rename_noted(AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int from_dir, const char *from, int to_dir, const char *to) { return rename_noted(from_dir, from, to_dir, to); }
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags) {
  if (flags != 0) {
    errno = EINVAL;
    return -1;
  }
  return rename_noted(from_dir, from, to_dir, to);
}

static int unlink_noted(int dir, const char *path, int flags) {
  if (!ready) prepare();
  char memory[PATH_MAX];
  const char *ours = below(dir, path, memory);
  if (ours != NULL && fails(C_NAME)) return -1;
  int result = real_unlinkat(dir, path, flags);
  if (result == 0 && ours != NULL) note(flags & AT_REMOVEDIR ? RMDIR : UNLINK, next_call(), 0, 0, 0, ours, strlen(ours), NULL, 0);
  return result;
}
int unlink(const char *path) { return unlink_noted(AT_FDCWD, path, 0); }
int unlinkat(int dir, const char *path, int flags) { return unlink_noted(dir, path, flags); }
int rmdir(const char *path) { return unlink_noted(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
  int result = unlink_noted(AT_FDCWD, path, 0);
  return result < 0 && (errno == EISDIR || errno == EPERM) ? unlink_noted(AT_FDCWD, path, AT_REMOVEDIR) : result;
}

static int mkdir_noted(int dir, const char *path, mode_t mode) {
  if (!ready) prepare();
  char memory[PATH_MAX];
  const char *ours = below(dir, path, memory);
  if (ours != NULL && fails(C_NAME)) return -1;
  int result = real_mkdirat(dir, path, mode);
  struct stat is;
  if (result == 0 && ours != NULL && stat(ours, &is) == 0) note(MKDIR, next_call(), is.st_ino, 0, 0, ours, strlen(ours), NULL, 0);
  return result;
}
int mkdir(const char *path, mode_t mode) { return mkdir_noted(AT_FDCWD, path, mode); }
int mkdirat(int dir, const char *path, mode_t mode) { return mkdir_noted(dir, path, mode); }

static int link_noted(int from_dir, const char *from, int to_dir, const char *to, int flags) {
  if (!ready) prepare();
  char from_memory[PATH_MAX], to_memory[PATH_MAX];
  const char *source = below(from_dir, from, from_memory), *target = below(to_dir, to, to_memory);
  if (source != NULL && fails(C_NAME)) return -1;
  int result = real_linkat(from_dir, from, to_dir, to, flags);
  if (result == 0 && source != NULL && target != NULL) {
    note(LINK, next_call(), 0, 0, 0, source, strlen(source), target, strlen(target));
  }
  return result;
}
int link(const char *from, const char *to) { return link_noted(AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
  return link_noted(from_dir, from, to_dir, to, flags);
}
