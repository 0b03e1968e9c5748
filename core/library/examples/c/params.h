/* params.h: reads the parameters of a plugin, in plain C.
 *
 * The host hands parameters over as they stand in the experiment, in RON: "(latent: 8, weights: \"w.f32\")", or "()". This
 * header reads the part of RON that a small plugin needs: names, numbers, texts, lists of texts, comments, trailing
 * commas. A mistake becomes LAB_ERR_CONFIG with line and column, so that lab points at the place in the experiment.
 *
 *     params p = params_open(config, err);
 *     while (params_next(&p)) {
 *       if (params_is(&p, "latent")) latent = params_count(&p, 1, 4096);
 *       else params_unknown(&p, "latent");
 *     }
 *     if (params_close(&p) != LAB_OK) return p.status;
 *
 * After the first mistake every function does nothing; params_close gives the status.
 */
#ifndef LAB_EXAMPLE_PARAMS_H
#define LAB_EXAMPLE_PARAMS_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lab_plugin.h"

typedef struct {
  const char *start, *at, *end; /* the text, the place of the next character, the end */
  lab_str key;                  /* name of the parameter whose value comes next */
  lab_err *err;
  int32_t status;
  int first;
} params;

/* Writes a message, cut to the space there is, and hands the status back. */
static inline int32_t report(lab_err *err, int32_t status, const char *format, ...) {
  if (err == NULL || err->cap == 0) return status;
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(err->buf, err->cap, format, arguments);
  va_end(arguments);
  err->len = n < 0 ? 0 : (uint32_t)n < err->cap ? (uint32_t)n : err->cap - 1;
  return status;
}

/* Complains about the place `at`. Columns are counted in characters: bytes that go on with one are not counted. */
static inline void params_fail_at(params *p, const char *at, const char *message) {
  if (p->status != LAB_OK) return;
  p->status = report(p->err, LAB_ERR_CONFIG, "%s", message);
  if (p->err == NULL) return;
  p->err->line = p->err->col = 1;
  for (const char *c = p->start; c < at; c++) {
    if (*c == '\n') {
      p->err->line++;
      p->err->col = 1;
    } else if (((unsigned char)*c & 0xC0) != 0x80) {
      p->err->col++;
    }
  }
}

static inline void params_fail(params *p, const char *message) { params_fail_at(p, p->at, message); }

/* Steps over spaces and comments. */
static inline void params_space(params *p) {
  while (p->at < p->end) {
    size_t left = (size_t)(p->end - p->at);
    if (strchr(" \t\r\n", *p->at) != NULL && *p->at != '\0') {
      p->at++;
    } else if (left >= 2 && memcmp(p->at, "//", 2) == 0) {
      while (p->at < p->end && *p->at != '\n') p->at++;
    } else if (left >= 2 && memcmp(p->at, "/*", 2) == 0) {
      for (p->at += 2; p->at < p->end && !(p->at[-1] == '*' && *p->at == '/'); p->at++) {
      }
      if (p->at < p->end) p->at++;
    } else {
      return;
    }
  }
}

/* Steps over one character if it comes next. */
static inline int params_take(params *p, char c) {
  params_space(p);
  if (p->status != LAB_OK || p->at >= p->end || *p->at != c) return 0;
  p->at++;
  return 1;
}

static inline params params_open(lab_str config, lab_err *err) {
  const char *start = config.ptr == NULL ? "" : config.ptr;
  params p = {start, start, start + config.len, {NULL, 0}, err, LAB_OK, 1};
  if (!params_take(&p, '(')) params_fail(&p, "expected '(' in front of the parameters");
  return p;
}

static inline int params_is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Goes to the next parameter; 0 at the end or after a mistake. */
static inline int params_next(params *p) {
  int comma = p->first || params_take(p, ',');
  p->first = 0;
  if (params_take(p, ')') || p->status != LAB_OK) return 0;
  if (!comma) {
    params_fail(p, "expected ',' or ')'");
    return 0;
  }
  params_space(p);
  p->key.ptr = p->at;
  while (p->at < p->end && params_is_name(*p->at)) p->at++;
  p->key.len = (size_t)(p->at - p->key.ptr);
  if (p->key.len == 0) params_fail(p, "expected the name of a parameter");
  if (p->status == LAB_OK && !params_take(p, ':')) params_fail(p, "expected ':' after the name of a parameter");
  params_space(p);
  return p->status == LAB_OK;
}

static inline int params_is(const params *p, const char *name) {
  return p->key.len == strlen(name) && memcmp(p->key.ptr, name, p->key.len) == 0;
}

/* The parameter's name is none of ours. */
static inline void params_unknown(params *p, const char *known) {
  char message[256];
  snprintf(message, sizeof message, "unknown parameter '%.*s'\nhint: known are %s", (int)p->key.len, p->key.ptr, known);
  params_fail_at(p, p->key.ptr, message);
}

/* A whole number from low to high. */
static inline uint64_t params_count(params *p, uint64_t low, uint64_t high) {
  const char *at = p->at;
  uint64_t value = 0;
  int fits = 1;
  for (; p->at < p->end && ((*p->at >= '0' && *p->at <= '9') || *p->at == '_'); p->at++) {
    if (*p->at == '_') continue;
    uint64_t digit = (uint64_t)(*p->at - '0');
    fits = fits && value <= (UINT64_MAX - digit) / 10;
    value = value * 10 + digit;
  }
  int ends = p->at == p->end || (!params_is_name(*p->at) && *p->at != '.');
  if (p->at == at || !ends || !fits || value < low || value > high) {
    char message[256];
    snprintf(message, sizeof message, "'%.*s' must be a whole number from %" PRIu64 " to %" PRIu64, (int)p->key.len,
             p->key.ptr, low, high);
    params_fail_at(p, at, message);
  }
  return value;
}

/* A text in quotes, copied to `out` of `size` bytes and closed by NUL. Known escapes: \" \\ \n \t. */
static inline void params_text(params *p, char *out, size_t size) {
  const char *at = p->at;
  size_t n = 0;
  if (!params_take(p, '"')) {
    params_fail_at(p, at, "expected a text in quotes");
    return;
  }
  while (p->at < p->end && *p->at != '"') {
    char c = *p->at++;
    if (c == '\\' && p->at < p->end) {
      c = *p->at++;
      if (c == 'n' || c == 't') c = c == 'n' ? '\n' : '\t';
      else if (c != '"' && c != '\\') params_fail_at(p, p->at - 1, "unknown escape in a text");
    }
    if (n + 1 >= size || c == '\0') {
      params_fail_at(p, at, "this text is too long, or holds a zero byte");
      return;
    }
    out[n++] = c;
  }
  out[n] = '\0';
  if (!params_take(p, '"')) params_fail_at(p, at, "this text has no end");
}

/* A list of at most `max` texts, copied one after the other to `out`, `size` bytes each; their number. */
static inline size_t params_texts(params *p, char *out, size_t size, size_t max) {
  const char *at = p->at;
  size_t n = 0;
  if (!params_take(p, '[')) params_fail_at(p, at, "expected a list of texts in [ ]");
  while (p->status == LAB_OK && !params_take(p, ']')) {
    if (n == max) params_fail(p, "this list is too long");
    if (n > 0 && !params_take(p, ',')) params_fail(p, "expected ',' or ']'");
    if (params_take(p, ']')) break;
    if (p->status == LAB_OK) params_text(p, out + n++ * size, size);
  }
  return n;
}

/* The end: nothing but space may follow. */
static inline int32_t params_close(params *p) {
  params_space(p);
  if (p->status == LAB_OK && p->at != p->end) params_fail(p, "expected nothing after the parameters");
  return p->status;
}

/* ---- files -------------------------------------------------------------------------------------------------------- */

/* The key of a stage is made of resolved parameters, not of files that only the plugin knows. So that a changed file is a
 * changed experiment, `resolve` writes the files' digest beside their names, and `create` compares it.
 * FNV-1a, 64 bits, http://www.isthe.com/chongo/tech/comp/fnv/: it notices accidents, not attacks. */
#define DIGEST_START 0xCBF29CE484222325u
#define DIGEST_TEXT 17 /* sixteen digits and the closing NUL */

static inline uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t n) {
  for (const unsigned char *at = bytes; n > 0; at++, n--) digest = (digest ^ *at) * 0x100000001B3u;
  return digest;
}

/* Goes on with the bytes of a file; returns 0 if it cannot be read. */
static inline int digest_file(uint64_t *digest, const char *path) {
  unsigned char block[16384];
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 0;
  for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;) *digest = digest_bytes(*digest, block, n);
  int fine = !ferror(file);
  fclose(file);
  return fine;
}

/* Writes a text as RON does: in quotes, with escapes; returns the place after it. It needs at most
 * 2 * strlen + 3 bytes. */
static inline char *quoted(char *to, const char *text) {
  *to++ = '"';
  for (; *text != '\0'; *to++ = *text++)
    if (*text == '"' || *text == '\\') *to++ = '\\';
  *to++ = '"';
  *to = '\0';
  return to;
}

static inline void digest_text(uint64_t digest, char out[DIGEST_TEXT]) {
  snprintf(out, DIGEST_TEXT, "%016" PRIx64, digest);
}

#endif
