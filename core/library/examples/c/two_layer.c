/* two_layer.c: a generator in plain C, complete: parameters, weights, forward, exact gradient, state, tape.
 *
 *     h = tanh(A z + a)        image = tanh(B h + b)
 *     dz = A' ((1 - h*h) . B' ((1 - image*image) . g))          g: gradient of the image, . elementwise, ' transposed
 *
 * Weights come from a file or, without one, from the seed. All sums are in double precision.
 *
 * Build, here:    cc -shared -fPIC -O2 -Wall -Wextra -I ../../include two_layer.c -o libtwo_layer.so -lm
 * Test:           lab plugins check libtwo_layer.so
 * Use, in an experiment:   plugins: ["path/libtwo_layer.so"],  generator: two_layer(latent: 8, hidden: 64, size: 32),
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab_plugin.h"
#include "params.h"

#define TEXT(literal) {literal, sizeof(literal) - 1}
#define PATH_SIZE 1024
/* First numbers of a saved state: they tell it from bytes that are none. */
#define STATE_MAGIC 0x31574C54u /* "TLW1" in memory, little-endian */

/* ---- parameters --------------------------------------------------------------------------------------------------- */

typedef struct {
  uint64_t latent, hidden, size;
  char weights[PATH_SIZE];   /* empty: drawn from the seed */
  char digest[DIGEST_TEXT];  /* of that file; empty: not asked for */
} settings;

static int32_t read_settings(lab_str config, settings *s, lab_err *err) {
  *s = (settings){.latent = 8, .hidden = 64, .size = 32};
  params p = params_open(config, err);
  while (params_next(&p)) {
    if (params_is(&p, "latent")) s->latent = params_count(&p, 1, 4096);
    else if (params_is(&p, "hidden")) s->hidden = params_count(&p, 1, 65536);
    else if (params_is(&p, "size")) s->size = params_count(&p, 1, 1024);
    else if (params_is(&p, "weights")) params_text(&p, s->weights, sizeof s->weights);
    else if (params_is(&p, "digest")) params_text(&p, s->digest, sizeof s->digest);
    else params_unknown(&p, "latent, hidden, size, weights, digest");
  }
  return params_close(&p);
}

/* Every default filled in, on one line. The digest of the weights' file makes it a part of the stage's key. */
static int32_t resolve(lab_str config, uint32_t smoke, const lab_sink *sink, lab_err *err) {
  (void)smoke; /* nothing here costs time */
  settings s;
  int32_t status = read_settings(config, &s, err);
  if (status != LAB_OK) return status;
  if (s.weights[0] != '\0' && s.digest[0] == '\0') {
    uint64_t digest = DIGEST_START;
    if (!digest_file(&digest, s.weights))
      return report(err, LAB_ERR_CONFIG, "weights '%s': %s", s.weights, strerror(errno));
    digest_text(digest, s.digest);
  }
  char text[2 * PATH_SIZE + 256], path[2 * PATH_SIZE + 3];
  int n = snprintf(text, sizeof text, "(latent: %" PRIu64 ", hidden: %" PRIu64 ", size: %" PRIu64, s.latent, s.hidden,
                   s.size);
  quoted(path, s.weights);
  if (s.weights[0] != '\0')
    n += snprintf(text + n, sizeof text - (size_t)n, ", weights: %s, digest: \"%s\"", path, s.digest);
  n += snprintf(text + n, sizeof text - (size_t)n, ")");
  return sink->text(sink->ctx, 0, (lab_str){text, (size_t)n});
}

/* ---- the instance ------------------------------------------------------------------------------------------------- */

typedef struct {
  settings s;
  size_t n_pixels, n_weights;
  float *weights;                    /* A [hidden, latent], a [hidden], B [n_pixels, hidden], b [n_pixels], in this order */
  const float *in, *in_bias, *out, *out_bias; /* the four of them */
} two_layer;

/* Uniform in [-limit, limit], from the 64-bit mixer of Steele, Lea and Flood (2014), doi:10.1145/2660193.2660195. Plain
 * arithmetic, so that every machine draws the same numbers. */
static void draw(uint64_t *state, float *to, size_t n, double limit) {
  for (size_t i = 0; i < n; i++) {
    uint64_t x = (*state += 0x9E3779B97F4A7C15u);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    x ^= x >> 31;
    to[i] = (float)(limit * ((double)(x >> 11) * 0x1.0p-52 - 1.0));
  }
}

/* Limits that keep the sums of a layer at a variance of 1 for latents of variance 1. */
static void initialise(two_layer *self, uint64_t seed) {
  uint64_t state = seed;
  size_t n_in = self->s.hidden * self->s.latent, n_out = self->n_pixels * self->s.hidden;
  memset(self->weights, 0, self->n_weights * sizeof(float));
  draw(&state, self->weights, n_in, sqrt(3.0 / (double)self->s.latent));
  draw(&state, (float *)self->out, n_out, sqrt(3.0 / (double)self->s.hidden));
}

static int32_t read_weights(two_layer *self, lab_err *err) {
  const char *path = self->s.weights;
  FILE *file = fopen(path, "rb");
  if (file == NULL) return report(err, LAB_ERR, "weights '%s': %s", path, strerror(errno));
  size_t n = fread(self->weights, sizeof(float), self->n_weights, file);
  int more = fgetc(file) != EOF;
  fclose(file);
  if (n != self->n_weights || more)
    return report(err, LAB_ERR, "weights '%s': expected %zu numbers of 4 bytes, got %s\nwrite A, a, B, b as float32",
                  path, self->n_weights, more ? "more" : "fewer");
  uint64_t digest = DIGEST_START;
  char text[DIGEST_TEXT];
  digest_file(&digest, path);
  digest_text(digest, text);
  if (self->s.digest[0] != '\0' && strcmp(text, self->s.digest) != 0)
    return report(err, LAB_ERR, "weights '%s': the digest is %s, the parameters say %s\nthe file has changed since", path,
                  text, self->s.digest);
  return LAB_OK;
}

static void destroy(void *instance) {
  two_layer *self = instance;
  free(self->weights);
  free(self);
}

static int32_t create(lab_str config, uint64_t seed, void **instance, lab_err *err) {
  settings s;
  int32_t status = read_settings(config, &s, err);
  if (status != LAB_OK) return status;
  two_layer *self = calloc(1, sizeof *self);
  if (self == NULL) return report(err, LAB_ERR, "no memory");
  self->s = s;
  self->n_pixels = s.size * s.size;
  self->n_weights = s.hidden * (s.latent + 1) + self->n_pixels * (s.hidden + 1);
  self->weights = malloc(self->n_weights * sizeof(float));
  if (self->weights == NULL) {
    destroy(self);
    return report(err, LAB_ERR, "no memory for %zu weights", self->n_weights);
  }
  self->in = self->weights;
  self->in_bias = self->in + s.hidden * s.latent;
  self->out = self->in_bias + s.hidden;
  self->out_bias = self->out + self->n_pixels * s.hidden;
  if (s.weights[0] == '\0') initialise(self, seed);
  else status = read_weights(self, err);
  if (status != LAB_OK) destroy(self);
  else *instance = self;
  return status;
}

static int32_t describe(void *instance, const lab_sink *sink, lab_err *err) {
  (void)err;
  const two_layer *self = instance;
  char text[2 * PATH_SIZE + 256], path[2 * PATH_SIZE + 3];
  int n = snprintf(text, sizeof text,
                   "(latents: (n_latents: %" PRIu64 ", prior: Normal, constraint: None), "
                   "image: (channels: 1, height: %" PRIu64 ", width: %" PRIu64 ")",
                   self->s.latent, self->s.size, self->s.size);
  quoted(path, self->s.weights);
  if (self->s.weights[0] != '\0') n += snprintf(text + n, sizeof text - (size_t)n, ", files: [%s]", path);
  n += snprintf(text + n, sizeof text - (size_t)n, ")");
  return sink->text(sink->ctx, 0, (lab_str){text, (size_t)n});
}

/* ---- the arithmetic ----------------------------------------------------------------------------------------------- */

/* The hidden layer and the image of one latent. */
static void forward_one(const two_layer *self, const float *z, double *h, double *image) {
  size_t latent = self->s.latent, hidden = self->s.hidden;
  for (size_t j = 0; j < hidden; j++) {
    double sum = self->in_bias[j];
    for (size_t i = 0; i < latent; i++) sum += (double)self->in[j * latent + i] * z[i];
    h[j] = tanh(sum);
  }
  for (size_t k = 0; k < self->n_pixels; k++) {
    double sum = self->out_bias[k];
    for (size_t j = 0; j < hidden; j++) sum += (double)self->out[k * hidden + j] * h[j];
    image[k] = tanh(sum);
  }
}

/* The gradient of one latent; dh is room for the gradient of the hidden layer. */
static void vjp_one(const two_layer *self, const double *h, const double *image, const float *g, double *dh, float *dz) {
  size_t latent = self->s.latent, hidden = self->s.hidden;
  memset(dh, 0, hidden * sizeof *dh);
  for (size_t k = 0; k < self->n_pixels; k++) {
    double slope = (1.0 - image[k] * image[k]) * g[k];
    for (size_t j = 0; j < hidden; j++) dh[j] += slope * self->out[k * hidden + j];
  }
  for (size_t i = 0; i < latent; i++) {
    double sum = 0.0;
    for (size_t j = 0; j < hidden; j++) sum += (1.0 - h[j] * h[j]) * dh[j] * self->in[j * latent + i];
    dz[i] = (float)sum;
  }
}

/* The hidden layers and images of a batch: what the gradient needs again. */
typedef struct {
  size_t n;
  double *h, *image;
} tape;

static void drop_tape(void *instance, void *left) {
  (void)instance;
  free(((tape *)left)->h);
  free(left);
}

static tape *run_batch(const two_layer *self, const lab_in *z) {
  tape *t = malloc(sizeof *t);
  if (t == NULL) return NULL;
  t->n = z->shape[0];
  t->h = malloc(t->n * (self->s.hidden + self->n_pixels) * sizeof(double));
  if (t->h == NULL) {
    free(t);
    return NULL;
  }
  t->image = t->h + t->n * self->s.hidden;
  for (size_t row = 0; row < t->n; row++)
    forward_one(self, (const float *)z->data + row * self->s.latent, t->h + row * self->s.hidden,
                t->image + row * self->n_pixels);
  return t;
}

/* The one input must be z: f32 [n, latent]. The message of LAB_ERR_SHAPE is three lines: what, expected, got. */
static int32_t check_latents(const two_layer *self, const lab_in *in, uint32_t n_in, lab_err *err) {
  if (n_in != 1 || in->dtype != LAB_F32) return report(err, LAB_ERR, "expected one f32 array of latents");
  if (in->ndim == 2 && in->shape[1] == self->s.latent) return LAB_OK;
  return report(err, LAB_ERR_SHAPE, "latents of two_layer\n[n, %" PRIu64 "]\n%" PRIu32 " axes, the last of size %" PRIu64,
                self->s.latent, in->ndim, in->ndim > 0 ? in->shape[in->ndim - 1] : 0);
}

static int32_t save(const two_layer *self, const lab_sink *sink) {
  uint32_t head[4] = {STATE_MAGIC, (uint32_t)self->s.latent, (uint32_t)self->s.hidden, (uint32_t)self->s.size};
  uint64_t n = sizeof head + self->n_weights * sizeof(float);
  unsigned char *out = sink->alloc(sink->ctx, 0, LAB_U8, &n, 1);
  if (out == NULL) return LAB_ERR;
  memcpy(out, head, sizeof head);
  memcpy(out + sizeof head, self->weights, self->n_weights * sizeof(float));
  return LAB_OK;
}

static int32_t forward(void *instance, uint32_t method, const lab_in *in, uint32_t n_in, const lab_sink *sink, void **left,
                       lab_err *err) {
  const two_layer *self = instance;
  if (method == LAB_SAVE) return save(self, sink);
  if (method != LAB_FORWARD) return LAB_UNSUPPORTED;
  int32_t status = check_latents(self, in, n_in, err);
  if (status != LAB_OK) return status;
  uint64_t shape[4] = {in->shape[0], 1, self->s.size, self->s.size};
  float *image = sink->alloc(sink->ctx, 0, LAB_F32, shape, 4);
  if (image == NULL) return report(err, LAB_ERR, "the host refused the images");
  tape *t = run_batch(self, in);
  if (t == NULL) return report(err, LAB_ERR, "no memory");
  for (size_t i = 0; i < t->n * self->n_pixels; i++) image[i] = (float)t->image[i];
  if (left != NULL) *left = t;
  else drop_tape(instance, t);
  return LAB_OK;
}

static int32_t vjp(void *instance, uint32_t method, const lab_in *in, uint32_t n_in, void *left, const lab_in *gout,
                   uint32_t n_out, const lab_sink *sink, lab_err *err) {
  const two_layer *self = instance;
  if (method != LAB_FORWARD) return LAB_UNSUPPORTED;
  int32_t status = check_latents(self, in, n_in, err);
  if (status != LAB_OK) return status;
  if (!(in->flags & LAB_WANT_GRAD)) return LAB_OK;
  float *dz = sink->alloc(sink->ctx, 0, LAB_F32, in->shape, 2);
  if (dz == NULL) return report(err, LAB_ERR, "the host refused the gradient");
  if (n_out != 1 || gout->data == NULL) return LAB_OK; /* zero; the host's memory is zero already */
  tape *t = left != NULL ? left : run_batch(self, in);
  double *dh = malloc(self->s.hidden * sizeof *dh);
  if (t == NULL || dh == NULL) status = report(err, LAB_ERR, "no memory");
  for (size_t row = 0; status == LAB_OK && row < t->n; row++)
    vjp_one(self, t->h + row * self->s.hidden, t->image + row * self->n_pixels,
            (const float *)gout->data + row * self->n_pixels, dh, dz + row * self->s.latent);
  free(dh);
  if (left == NULL && t != NULL) drop_tape(instance, t);
  return status;
}

/* LOAD: the only method here that changes self. */
static int32_t run(void *instance, uint32_t method, const lab_in *in, uint32_t n_in, const lab_host *host,
                   const lab_sink *sink, lab_err *err) {
  (void)host, (void)sink;
  two_layer *self = instance;
  if (method != LAB_LOAD) return LAB_UNSUPPORTED;
  uint32_t head[4] = {0};
  uint64_t expected = sizeof head + self->n_weights * sizeof(float), got = 0;
  if (n_in == 1 && in->dtype == LAB_U8 && in->ndim == 1) got = in->shape[0];
  if (got == expected) memcpy(head, in->data, sizeof head);
  if (head[0] != STATE_MAGIC || head[1] != self->s.latent || head[2] != self->s.hidden || head[3] != self->s.size)
    return report(err, LAB_ERR, "expected a saved state of %" PRIu64 " bytes with the same sizes, got %" PRIu64 " bytes",
                  expected, got);
  memcpy(self->weights, (const unsigned char *)in->data + sizeof head, self->n_weights * sizeof(float));
  return LAB_OK;
}

/* ---- the library -------------------------------------------------------------------------------------------------- */

static const lab_plugin two_layer_plugin = {
    .struct_size = sizeof(lab_plugin),
    .caps = LAB_HAS_VJP | LAB_KEEPS_TAPE | LAB_HAS_STATE,
    .kind = TEXT("generator"),
    .name = TEXT("two_layer"),
    .version = TEXT("1.0.0"),
    .summary = TEXT("A network of two layers with random or given weights, in plain C"),
    .equation = TEXT("image = tanh(B tanh(A z + a) + b)"),
    .source = TEXT("Example of the plugin interface"),
    .parity = TEXT("NumPy"),
    .create = create,
    .destroy = destroy,
    .resolve = resolve,
    .describe = describe,
    .forward = forward,
    .vjp = vjp,
    .drop_tape = drop_tape,
    .run = run,
};

static const lab_plugin *const plugins[] = {&two_layer_plugin};

static const lab_manifest manifest = {
    .magic = LAB_MAGIC,
    .abi_major = LAB_ABI_MAJOR,
    .abi_minor = LAB_ABI_MINOR,
    .struct_size = sizeof(lab_manifest),
    .built_by = TEXT("two_layer 1.0.0, C compiler " __VERSION__),
    .n = 1,
    .plugins = plugins,
};

LAB_EXPORT const lab_manifest *lab_plugin_entry(uint32_t host_abi) {
  (void)host_abi; /* the host compares our version with its own */
  return &manifest;
}
