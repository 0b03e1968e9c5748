/* process.h: a Python process and the messages to and from it.
 *
 * The interpreter runs in a process of its own, connected by one socket that is its standard input and output. If it dies,
 * calls fail with a message that says how; the program that loaded this library lives on. It sees the end of its input when
 * that program ends, and ends as well.
 *
 * Messages are little-endian, as both sides run on one machine.
 *     request    u32 operation, u32 method, u64 tape, u32 n_in, u32 n_gout, then the arrays
 *     answer     u32 status, u32 n, then n arrays, or, if the status is not LAB_OK, n bytes of message
 *     array      u32 dtype, u32 flags, u32 index, u32 ndim, u64 n_bytes, u64 shape[ndim], then the bytes
 */
#ifndef LAB_EXAMPLE_PROCESS_H
#define LAB_EXAMPLE_PROCESS_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "params.h"

extern char **environ;

enum { OP_DESCRIBE = 1, OP_FORWARD = 2, OP_VJP = 3, OP_DROP = 4 };
/* A flag of an array beside LAB_WANT_GRAD: it has no data, its gradient is zero. */
enum { ARRAY_ABSENT = 2 };

typedef struct {
  uint32_t operation, method;
  uint64_t tape;
  uint32_t n_in, n_gout;
} request;

typedef struct {
  uint32_t dtype, flags, index, ndim;
  uint64_t n_bytes;
} array_head;

/* More axes than any array here has. */
#define MAX_AXES 16
#define COMPLAINT 512

typedef struct {
  pid_t pid;
  int socket;
  unsigned timeout;          /* seconds that an answer may take */
  char complaint[COMPLAINT]; /* once it is of no use any more: why */
} process;

/* Starts a program; its standard input and output are our socket. Its own process group keeps a Ctrl-C at the terminal from
 * it: lab then wants to finish what it is doing. */
static inline int process_start(process *p, char *const argv[], unsigned timeout) {
  int pair[2];
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  struct timeval limit = {.tv_sec = (time_t)timeout};
  *p = (process){.pid = -1, .socket = -1, .timeout = timeout};
  /* Closed in other children: or they would keep the Python process alive after us. */
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return errno;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, pair[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pair[1], STDOUT_FILENO);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  int failed = posix_spawnp(&p->pid, argv[0], &actions, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(pair[1]);
  p->socket = pair[0];
  setsockopt(p->socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(p->socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (failed) {
    close(p->socket);
    p->socket = -1;
  }
  return failed;
}

/* Gives the process up, and finds out how it ended. `why` says what went wrong if it still runs. */
static inline void process_give_up(process *p, const char *why) {
  int how = 0;
  const struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};
  pid_t ended = 0;
  close(p->socket);
  p->socket = -1;
  for (int i = 0; i < 200 && (ended = waitpid(p->pid, &how, WNOHANG)) == 0; i++) nanosleep(&moment, NULL);
  if (ended == 0) {
    kill(p->pid, SIGKILL);
    waitpid(p->pid, &how, 0);
    snprintf(p->complaint, COMPLAINT, "%s; the Python process was stopped", why);
  } else if (ended == p->pid && WIFSIGNALED(how)) {
    snprintf(p->complaint, COMPLAINT, "the Python process was killed by signal %d (%s)", WTERMSIG(how),
             strsignal(WTERMSIG(how)));
  } else if (ended == p->pid && WIFEXITED(how)) {
    snprintf(p->complaint, COMPLAINT, "the Python process ended with exit code %d; what it said stands on stderr",
             WEXITSTATUS(how));
  } else {
    snprintf(p->complaint, COMPLAINT, "%s", why);
  }
}

static inline int process_failed(process *p, ssize_t n) {
  char why[128];
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) snprintf(why, sizeof why, "no answer within %u s", p->timeout);
  else snprintf(why, sizeof why, "the connection broke: %s", n == 0 ? "closed" : strerror(errno));
  process_give_up(p, why);
  return 0;
}

/* Sends all of these bytes; 0 if the process is of no use any more. */
static inline int process_send(process *p, const void *bytes, size_t n) {
  for (const char *at = bytes; n > 0;) {
    ssize_t sent = p->socket < 0 ? 0 : send(p->socket, at, n, MSG_NOSIGNAL);
    if (p->socket < 0) return 0;
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return process_failed(p, sent);
    at += sent;
    n -= (size_t)sent;
  }
  return p->socket >= 0;
}

/* Receives that many bytes; without a place for them they are thrown away. */
static inline int process_receive(process *p, void *bytes, size_t n) {
  char waste[4096];
  for (char *at = bytes; n > 0;) {
    size_t part = at != NULL || n < sizeof waste ? n : sizeof waste;
    ssize_t got = p->socket < 0 ? 0 : recv(p->socket, at != NULL ? at : waste, part, 0);
    if (p->socket < 0) return 0;
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return process_failed(p, got);
    if (at != NULL) at += got;
    n -= (size_t)got;
  }
  return p->socket >= 0;
}

static inline uint64_t bytes_of(uint32_t dtype) { return dtype == LAB_U8 ? 1 : dtype == LAB_F32 ? 4 : 8; }

static inline int process_send_arrays(process *p, const lab_in *arrays, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    const lab_in *a = &arrays[i];
    array_head head = {a->dtype, a->flags & LAB_WANT_GRAD, i, a->ndim, bytes_of(a->dtype)};
    for (uint32_t axis = 0; axis < a->ndim; axis++) head.n_bytes *= a->shape[axis];
    if (a->data == NULL) {
      head.flags |= ARRAY_ABSENT;
      head.n_bytes = 0;
    }
    if (!process_send(p, &head, sizeof head) || !process_send(p, a->shape, a->ndim * sizeof(uint64_t)) ||
        !process_send(p, a->data, head.n_bytes))
      return 0;
  }
  return 1;
}

/* Receives one array into the memory that the host gives for it. A refused one is received all the same, so that the next
 * answer is found where it begins. */
static inline int process_receive_array(process *p, const lab_sink *sink, int *refused) {
  array_head head;
  uint64_t shape[MAX_AXES], expected;
  if (!process_receive(p, &head, sizeof head)) return 0;
  if (head.ndim > MAX_AXES) {
    process_give_up(p, "the answer is no array");
    return 0;
  }
  if (!process_receive(p, shape, head.ndim * sizeof(uint64_t))) return 0;
  expected = bytes_of(head.dtype);
  for (uint32_t axis = 0; axis < head.ndim; axis++) expected *= shape[axis];
  void *to = NULL;
  if (expected == head.n_bytes) to = sink->alloc(sink->ctx, head.index, (uint16_t)head.dtype, shape, head.ndim);
  if (to == NULL) *refused = 1;
  return process_receive(p, to, head.n_bytes);
}

/* The process as it ended, in the words of a caller. */
static inline int32_t process_complain(const process *p, lab_err *err) {
  return report(err, LAB_ERR, "%s", p->complaint);
}

/* Receives an answer: arrays go to the sink, a message to err. */
static inline int32_t process_answer(process *p, const lab_sink *sink, lab_err *err) {
  uint32_t head[2];
  int refused = 0;
  if (!process_receive(p, head, sizeof head)) return process_complain(p, err);
  if (head[0] != LAB_OK) {
    uint32_t kept = err == NULL || err->cap == 0 ? 0 : head[1] < err->cap ? head[1] : err->cap;
    if (!process_receive(p, kept > 0 ? err->buf : NULL, kept) || !process_receive(p, NULL, head[1] - kept))
      return process_complain(p, err);
    if (err != NULL) err->len = kept;
    return (int32_t)head[0];
  }
  for (uint32_t i = 0; i < head[1]; i++)
    if (!process_receive_array(p, sink, &refused)) return process_complain(p, err);
  return refused ? report(err, LAB_ERR, "the model gave an array of another type, shape or number than the host expects")
                 : LAB_OK;
}

#endif
