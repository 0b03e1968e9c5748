/* The smallest generator: a grey level for each latent. Its version, magic and symbol can be changed from outside. */
#include "lab_plugin.h"

#ifndef MAJOR
#define MAJOR LAB_ABI_MAJOR
#endif
#ifndef MAGIC
#define MAGIC LAB_MAGIC
#endif
#ifndef ENTRY
#define ENTRY lab_plugin_entry
#endif

#define TEXT(t) { t, sizeof(t) - 1 }

static int instance;

static int32_t create(lab_str config, uint64_t seed, void **self, lab_err *err) {
  (void)config;
  (void)seed;
  (void)err;
  *self = &instance;
  return LAB_OK;
}

static void destroy(void *self) { (void)self; }

static int32_t describe(void *self, const lab_sink *sink, lab_err *err) {
  static const lab_str facts =
      TEXT("(latents: (n_latents: 4, prior: Normal, constraint: None), image: (channels: 1, height: 2, width: 2))");
  (void)self;
  (void)err;
  return sink->text(sink->ctx, 0, facts);
}

static int32_t forward(void *self, uint32_t method, const lab_in *in, uint32_t n_in, const lab_sink *sink, void **tape,
                       lab_err *err) {
  const float *z = in[0].data;
  uint64_t i, shape[4] = {0, 1, 2, 2};
  float *image;
  (void)self;
  (void)method;
  (void)n_in;
  (void)tape;
  (void)err;
  shape[0] = in[0].shape[0];
  image = sink->alloc(sink->ctx, 0, LAB_F32, shape, 4);
  if (!image) return LAB_ERR;
  for (i = 0; i < shape[0] * 4; i++) image[i] = z[i] > 1 ? 1 : z[i] < -1 ? -1 : z[i];
  return LAB_OK;
}

static const lab_plugin small = {sizeof(lab_plugin), 0, TEXT("generator"), TEXT("small"), TEXT("1"),
                                 TEXT("A grey level for each latent"), TEXT(""), TEXT(""), TEXT(""), create, destroy, 0,
                                 describe, forward, 0, 0, 0, 0};
static const lab_plugin *const plugins[] = {&small};
static const lab_manifest manifest = {MAGIC, MAJOR, LAB_ABI_MINOR, sizeof(lab_manifest), TEXT("cc, by hand"), 1, plugins};

#ifdef NAME_ONLY
const char lab_plugin_name[] = "\0lab_plugin_entry";
#endif

LAB_EXPORT const lab_manifest *ENTRY(uint32_t host_abi);
const lab_manifest *ENTRY(uint32_t host_abi) {
  (void)host_abi;
  return &manifest;
}
