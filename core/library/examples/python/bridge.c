/* bridge.c: models written in Python as plugins: a generator, a feature network and a loss term.
 *
 * Each model runs in a Python process of its own (process.h) that serve.py makes ready; README.md says how to write one.
 * No header of Python is needed, and any Python that has NumPy will do.
 *
 * Build, here:   cc -shared -fPIC -O2 -Wall -Wextra -I ../../include -I ../c bridge.c -o libpython.so -pthread -ldl
 * Keep serve.py in the same folder as the library.
 * Use, in an experiment:
 *     plugins: ["core/library/examples/python/libpython.so"],
 *     generator: python_generator(python: "python3", script: "core/library/examples/python/generator_numpy.py"),
 */
#define _GNU_SOURCE /* dladdr: where this library lies */
#include <dlfcn.h>

#include "lab_plugin.h"
#include "process.h"

#define TEXT(literal) {literal, sizeof(literal) - 1}
#define PATH_SIZE 1024
#define MAX_FILES 16

/* ---- parameters --------------------------------------------------------------------------------------------------- */

typedef struct {
  char python[PATH_SIZE], script[PATH_SIZE], files[MAX_FILES][PATH_SIZE], options[PATH_SIZE];
  size_t n_files;
  uint64_t threads, timeout;
  char digest[DIGEST_TEXT]; /* of serve.py, the script and the files; empty: not asked for */
} settings;

static int32_t read_settings(lab_str config, settings *s, lab_err *err) {
  *s = (settings){.python = "python3", .threads = 1, .timeout = 600};
  params p = params_open(config, err);
  while (params_next(&p)) {
    if (params_is(&p, "python")) params_text(&p, s->python, PATH_SIZE);
    else if (params_is(&p, "script")) params_text(&p, s->script, PATH_SIZE);
    else if (params_is(&p, "files")) s->n_files = params_texts(&p, s->files[0], PATH_SIZE, MAX_FILES);
    else if (params_is(&p, "options")) params_text(&p, s->options, PATH_SIZE);
    else if (params_is(&p, "threads")) s->threads = params_count(&p, 1, 1024);
    else if (params_is(&p, "timeout")) s->timeout = params_count(&p, 1, 86400);
    else if (params_is(&p, "digest")) params_text(&p, s->digest, DIGEST_TEXT);
    else params_unknown(&p, "python, script, files, options, threads, timeout, digest");
  }
  return params_close(&p);
}

/* The path of serve.py, beside this library. */
static void find_server(char out[PATH_SIZE]) {
  Dl_info info;
  const char *slash = NULL;
  if (dladdr((const void *)find_server, &info) != 0 && info.dli_fname != NULL) slash = strrchr(info.dli_fname, '/');
  snprintf(out, PATH_SIZE, "%.*sserve.py", slash != NULL ? (int)(slash - info.dli_fname) + 1 : 0,
           slash != NULL ? info.dli_fname : "");
}

/* The digest of everything that decides what the model computes. */
static int32_t take_digest(const settings *s, char out[DIGEST_TEXT], lab_err *err) {
  char server[PATH_SIZE];
  uint64_t digest = DIGEST_START;
  find_server(server);
  if (!digest_file(&digest, server))
    return report(err, LAB_ERR, "'%s': %s\nhint: serve.py must lie in the same folder as this library", server,
                  strerror(errno));
  if (s->script[0] == '\0')
    return report(err, LAB_ERR_CONFIG, "the parameter 'script' is missing\nhint: (script: \"model.py\")");
  if (!digest_file(&digest, s->script)) return report(err, LAB_ERR, "script '%s': %s", s->script, strerror(errno));
  for (size_t i = 0; i < s->n_files; i++)
    if (!digest_file(&digest, s->files[i])) return report(err, LAB_ERR, "file '%s': %s", s->files[i], strerror(errno));
  digest_text(digest, out);
  return LAB_OK;
}

/* Every default filled in. The digest puts the content of script and files into the stage's key. */
static int32_t resolve(lab_str config, uint32_t smoke, const lab_sink *sink, lab_err *err) {
  (void)smoke; /* a model that is ready costs the same */
  settings s;
  int32_t status = read_settings(config, &s, err);
  /* Without a script these are the defaults that a person asks to see. */
  if (status == LAB_OK && s.digest[0] == '\0' && s.script[0] != '\0') status = take_digest(&s, s.digest, err);
  if (status != LAB_OK) return status;
  char *text = malloc((size_t)(MAX_FILES + 3) * (2 * PATH_SIZE + 16) + 256);
  if (text == NULL) return report(err, LAB_ERR, "no memory");
  char *to = text + sprintf(text, "(python: ");
  to = quoted(to, s.python);
  to += sprintf(to, ", script: ");
  to = quoted(to, s.script);
  to += sprintf(to, ", files: [");
  for (size_t i = 0; i < s.n_files; i++) {
    if (i > 0) to += sprintf(to, ", ");
    to = quoted(to, s.files[i]);
  }
  to += sprintf(to, "], options: ");
  to = quoted(to, s.options);
  to += sprintf(to, ", threads: %" PRIu64 ", timeout: %" PRIu64, s.threads, s.timeout);
  if (s.digest[0] != '\0') to += sprintf(to, ", digest: \"%s\"", s.digest);
  to += sprintf(to, ")");
  status = sink->text(sink->ctx, 0, (lab_str){text, (size_t)(to - text)});
  free(text);
  return status;
}

/* ---- processes ---------------------------------------------------------------------------------------------------- */

/* A model at work. The host makes several instances of one plugin; those with equal parameters share one process, which
 * stays until the program ends, as starting it again may take seconds. */
typedef struct model {
  struct model *next;
  char *key;
  pthread_mutex_t lock; /* one question at a time */
  process process;
  uint64_t n_tapes;
} model;

static model *models;
static pthread_mutex_t models_lock = PTHREAD_MUTEX_INITIALIZER;

static int32_t start(model *m, const settings *s, uint64_t seed, lab_err *err) {
  char server[PATH_SIZE], threads[24], seed_text[24];
  const char *argv[MAX_FILES + 9] = {s->python, "-B", server, s->script, threads, seed_text, s->options};
  find_server(server);
  snprintf(threads, sizeof threads, "%" PRIu64, s->threads);
  snprintf(seed_text, sizeof seed_text, "%" PRIu64, seed);
  for (size_t i = 0; i < s->n_files; i++) argv[7 + i] = s->files[i];
  int failed = process_start(&m->process, (char *const *)argv, (unsigned)s->timeout);
  if (failed)
    return report(err, LAB_ERR, "cannot start '%s': %s\nhint: (python: \"…\") names a Python that has NumPy", s->python,
                  strerror(failed));
  return LAB_OK;
}

/* The model of these parameters; started if it does not run, or was given up. */
static int32_t find_model(const settings *s, const char *key, uint64_t seed, model **found, lab_err *err) {
  for (model *m = models; m != NULL; m = m->next)
    if (strcmp(m->key, key) == 0 && m->process.socket >= 0) {
      *found = m;
      return LAB_OK;
    }
  model *m = calloc(1, sizeof *m);
  char *copy = malloc(strlen(key) + 1);
  int32_t status = m == NULL || copy == NULL ? report(err, LAB_ERR, "no memory") : start(m, s, seed, err);
  if (status != LAB_OK) {
    free(copy);
    free(m);
    return status;
  }
  m->key = strcpy(copy, key);
  pthread_mutex_init(&m->lock, NULL);
  m->next = models;
  *found = models = m;
  return LAB_OK;
}

/* Asks and waits for the answer. */
static int32_t ask(model *m, request head, const lab_in *in, const lab_in *gout, const lab_sink *sink, lab_err *err) {
  pthread_mutex_lock(&m->lock);
  int sent = process_send(&m->process, &head, sizeof head) && process_send_arrays(&m->process, in, head.n_in) &&
             process_send_arrays(&m->process, gout, head.n_gout);
  int32_t status = LAB_OK;
  if (!sent) status = process_complain(&m->process, err);
  else if (head.operation != OP_DROP) status = process_answer(&m->process, sink, err);
  pthread_mutex_unlock(&m->lock);
  return status;
}

/* ---- the plugin --------------------------------------------------------------------------------------------------- */

static int32_t create(lab_str config, uint64_t seed, void **instance, lab_err *err) {
  settings s;
  char digest[DIGEST_TEXT];
  int32_t status = read_settings(config, &s, err);
  if (status == LAB_OK) status = take_digest(&s, digest, err);
  if (status != LAB_OK) return status;
  if (s.digest[0] != '\0' && strcmp(s.digest, digest) != 0)
    return report(err, LAB_ERR, "script '%s' or its files have changed: their digest is %s, the parameters say %s", s.script,
                  digest, s.digest);
  size_t room = config.len + DIGEST_TEXT + 32;
  char *key = malloc(room);
  if (key == NULL) return report(err, LAB_ERR, "no memory");
  snprintf(key, room, "%" PRIu64 " %s %.*s", seed, digest, (int)config.len, config.ptr != NULL ? config.ptr : "");
  pthread_mutex_lock(&models_lock);
  status = find_model(&s, key, seed, (model **)instance, err);
  pthread_mutex_unlock(&models_lock);
  free(key);
  return status;
}

/* The process stays: an equal instance finds it again. */
static void destroy(void *instance) { (void)instance; }

/* Room for the one text that a model tells of itself. */
typedef struct {
  char *text;
  uint64_t n;
} told;

static void *told_alloc(void *ctx, uint32_t index, uint16_t dtype, const uint64_t *shape, uint32_t ndim) {
  told *t = ctx;
  if (index != 0 || dtype != LAB_U8 || ndim != 1 || t->text != NULL) return NULL;
  t->n = shape[0];
  return t->text = malloc(shape[0] + 1);
}

static int32_t describe(void *instance, const lab_sink *sink, lab_err *err) {
  told t = {NULL, 0};
  const lab_sink into = {&t, told_alloc, NULL};
  int32_t status = ask(instance, (request){.operation = OP_DESCRIBE}, NULL, NULL, &into, err);
  if (status == LAB_OK) status = sink->text(sink->ctx, 0, (lab_str){t.text, (size_t)t.n});
  free(t.text);
  return status;
}

/* A tape is a number that the Python process knows. */
static int32_t forward(void *instance, uint32_t method, const lab_in *in, uint32_t n_in, const lab_sink *sink, void **tape,
                       lab_err *err) {
  model *m = instance;
  if (method != LAB_FORWARD) return LAB_UNSUPPORTED;
  request head = {.operation = OP_FORWARD, .method = method, .n_in = n_in};
  if (tape != NULL) {
    uint64_t *number = malloc(sizeof *number);
    if (number == NULL) return report(err, LAB_ERR, "no memory");
    pthread_mutex_lock(&m->lock);
    head.tape = *number = ++m->n_tapes;
    pthread_mutex_unlock(&m->lock);
    *tape = number;
  }
  return ask(m, head, in, NULL, sink, err);
}

static int32_t vjp(void *instance, uint32_t method, const lab_in *in, uint32_t n_in, void *tape, const lab_in *gout,
                   uint32_t n_out, const lab_sink *sink, lab_err *err) {
  if (method != LAB_FORWARD) return LAB_UNSUPPORTED;
  request head = {OP_VJP, method, tape != NULL ? *(const uint64_t *)tape : 0, n_in, n_out};
  return ask(instance, head, in, gout, sink, err);
}

static void drop_tape(void *instance, void *tape) {
  request head = {.operation = OP_DROP, .tape = *(const uint64_t *)tape};
  ask(instance, head, NULL, NULL, NULL, NULL);
  free(tape);
}

/* ---- the library -------------------------------------------------------------------------------------------------- */

#define PYTHON_PLUGIN(plugin_kind, plugin_name, what)                                                                       \
  {                                                                                                                         \
    .struct_size = sizeof(lab_plugin), .caps = LAB_HAS_VJP | LAB_KEEPS_TAPE, .kind = TEXT(plugin_kind),                     \
    .name = TEXT(plugin_name), .version = TEXT("1.0.0"), .summary = TEXT(what " written in Python, in a process of its own"), \
    .equation = TEXT("the model's own"), .source = TEXT("Example of the plugin interface"), .parity = TEXT("PyTorch"),      \
    .create = create, .destroy = destroy, .resolve = resolve, .describe = describe, .forward = forward, .vjp = vjp,         \
    .drop_tape = drop_tape,                                                                                                 \
  }

static const lab_plugin table[] = {
    PYTHON_PLUGIN("generator", "python_generator", "A generator"),
    PYTHON_PLUGIN("feature_net", "python_features", "A feature network"),
    PYTHON_PLUGIN("loss", "python_loss", "A loss term"),
};

static const lab_plugin *const plugins[] = {&table[0], &table[1], &table[2]};

static const lab_manifest manifest = {
    .magic = LAB_MAGIC,
    .abi_major = LAB_ABI_MAJOR,
    .abi_minor = LAB_ABI_MINOR,
    .struct_size = sizeof(lab_manifest),
    .built_by = TEXT("python bridge 1.0.0, C compiler " __VERSION__),
    .n = sizeof plugins / sizeof plugins[0],
    .plugins = plugins,
};

LAB_EXPORT const lab_manifest *lab_plugin_entry(uint32_t host_abi) {
  (void)host_abi; /* the host compares our version with its own */
  return &manifest;
}
