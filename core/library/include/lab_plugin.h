/* lab_plugin.h: the C interface between lab and plugins in shared libraries, version 1.5.
 *
 * A plugin library exports one function, lab_plugin_entry, that returns a static table of plugins. Each plugin is one of
 * six kinds and is driven through a handful of functions that take and give plain buffers. Any language that can make a
 * shared library with C functions can be a plugin; in Rust the macro lab_library::export_plugin! writes all of this.
 *
 * OWNERSHIP
 *   Inputs (lab_in, lab_str) are borrowed for the call: read them, do not keep them, do not write to them.
 *   Outputs are the host's memory: ask for each with sink->alloc and fill it. Neither side frees the other's memory.
 *   The manifest, the table and all their strings are static. Libraries are never unloaded.
 *   `self` and tapes are the plugin's. The host destroys each exactly once, tapes before their self.
 *   An output counts only if the call returns LAB_OK and every output that the method promises was allocated.
 *
 * THREADS
 *   create, resolve: from any thread, several at once, for different instances.
 *   run: changes self; while it runs, the host makes no other call with the same self.
 *   describe, forward, vjp, drop_tape: do not change what they compute; several threads may call them at once with the
 *   same self, unless the plugin says LAB_SERIALISE_CALLS. A tape may be used and dropped on another thread than the one
 *   that made it. The sink is used by the thread of the call alone.
 *   A plugin may use threads of its own; the host waits in the call.
 *
 * ERRORS
 *   Every function that returns int32_t returns a LAB_ status and, unless it is LAB_OK, writes a message to lab_err:
 *   UTF-8, first line what is wrong, further lines what to do. No exception, no panic and no longjmp may leave the
 *   library. A crash (signal, abort, exit) in a library ends lab: nothing can catch it.
 *
 * DETERMINISM
 *   Same config, same seed, same inputs: the same bytes, from any number of threads. Random numbers come from the seed
 *   given to create, or in `run` from the host's streams (lab_host.stream), and from nowhere else.
 *
 * VERSIONS
 *   The first 16 bytes of lab_manifest never change. abi_major of both sides must be equal; the plugin's abi_minor must
 *   not be above the host's. Structs grow at their end only; struct_size says how much of one there is, and nobody reads
 *   beyond it. The host reads a field of lab_plugin only if struct_size covers it, and a plugin does the same with
 *   lab_host.
 *   1.1: facts of every kind name the files that an instance reads (files). The host checks that they exist, and their
 *   content decides whether an earlier result is used again. Of a library of version 1.0, which cannot name any, every
 *   text among a plugin's parameters that is the path of an existing file counts as such, and the report says so.
 *   1.2: lab_plugin.explain says what every parameter means and may be, for `lab plugins explain`. An older library has no
 *   such field, and lab says that it cannot tell.
 *   1.3: a generator may have an encoder (ENCODE), and say how a latent lies as maps.
 *   1.4: FIT of a decoder gets the pictures that targets were cut from. An older library gets four inputs, as before, and
 *   cannot tell which targets depend on each other.
 *   1.5: ENCODE has a gradient with respect to its images. Of an older library's encoder none can be had.
 *   1.6: a generator may map draws from its prior to latents (MAP_DRAWS). Without it the draws are latents themselves.
 */
#ifndef LAB_PLUGIN_H
#define LAB_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LAB_ABI_MAJOR 1u
#define LAB_ABI_MINOR 6
#define LAB_MAGIC 0x5042414Cu /* "LABP" in memory, little-endian */

#if defined(_WIN32)
#define LAB_EXPORT __declspec(dllexport)
#else
#define LAB_EXPORT __attribute__((visibility("default")))
#endif

/* ---- plain data ------------------------------------------------------------------------------------------------- */

/* Text: UTF-8, `len` bytes, not terminated by NUL. ptr may be NULL if len is 0. */
typedef struct {
  const char *ptr;
  size_t len;
} lab_str;

/* Types of elements. */
enum {
  LAB_F32 = 0,
  LAB_U8 = 1,
  LAB_I64 = 2,
  LAB_F64 = 3 /* responses of aligners */
};

/* Flags of an input. */
enum {
  LAB_WANT_GRAD = 1 /* vjp gives, or will be asked for, a gradient for this input; set in vjp and in a forward with a tape */
};

/* An array: row-major, contiguous, in CPU memory, aligned for its type. `shape` holds `ndim` sizes; a size may be 0, and
 * then data may be anything. In vjp an output's gradient with data == NULL is zero everywhere. */
typedef struct {
  const void *data;
  const uint64_t *shape;
  uint32_t ndim;
  uint16_t dtype;
  uint16_t flags;
} lab_in;

/* Where results go. `ctx` is handed back as it is.
 * alloc: memory for output `index` of this type and shape, filled with zeros, or NULL if the host refuses it (a wrong
 *   index, type or shape, or one asked for before): return LAB_ERR then. Each output is asked for once.
 * text: stores text `index`; returns LAB_OK, or LAB_ERR if it is not UTF-8 or not asked for. */
typedef struct {
  void *ctx;
  void *(*alloc)(void *ctx, uint32_t index, uint16_t dtype, const uint64_t *shape, uint32_t ndim);
  int32_t (*text)(void *ctx, uint32_t index, lab_str text);
} lab_sink;

/* Where a message goes: write at most `cap` bytes to `buf`, their number to `len`. The memory is the caller's.
 * line, col: for LAB_ERR_CONFIG, the place in the config text, counted from 1, columns in characters; 0 if unknown. */
typedef struct {
  char *buf;
  uint32_t cap, len, line, col;
} lab_err;

/* Statuses. */
enum {
  LAB_OK = 0,
  LAB_ERR = 1,         /* it failed; the message says why */
  LAB_PANIC = 2,       /* the plugin panicked or threw; the message is the panic's. self must still be destroyable */
  LAB_ERR_CONFIG = 3,  /* the config text is wrong; line and col say where */
  LAB_UNSUPPORTED = 4, /* the plugin does not offer this method */
  LAB_CANCELLED = 5,   /* the host asked to stop, and the plugin did */
  LAB_ERR_SHAPE = 6    /* sizes do not fit; the message is three lines: what, expected, got */
};

/* Methods. Those that change self go through `run`, the others through `forward`. */
enum {
  LAB_FORWARD = 0,  /* forward: what the kind is for */
  LAB_TRAIN = 1,    /* run: generator and feature_net learn, aligner and decoder are fitted */
  LAB_SAVE = 2,     /* forward: state as bytes */
  LAB_LOAD = 3,     /* run: state from bytes */
  LAB_LIST = 4,     /* run: dataset, everything but the pixels */
  LAB_QUALITY = 5,  /* forward: aligner, measured qualities */
  LAB_SHARE = 6,    /* forward: loss, share of selected elements */
  LAB_CLASSIFY = 7, /* forward: feature_net, class scores */
  LAB_ENCODE = 8,   /* since 1.3; forward: generator, latents of images */
  LAB_MAP_DRAWS = 9 /* since 1.6; forward: generator, latents of draws from its prior */
};

/* What a plugin can do. A method without its bit is never called. */
enum {
  LAB_HAS_VJP = 1,         /* vjp works; without it outputs do not carry gradients, and a training that needs them fails */
  LAB_KEEPS_TAPE = 2,      /* forward may leave a tape for vjp; without it tape is always NULL and vjp recomputes */
  LAB_SERIALISE_CALLS = 4, /* one call at a time per instance */
  LAB_HAS_TRAIN = 8,
  LAB_HAS_STATE = 16, /* SAVE and LOAD */
  LAB_HAS_QUALITY = 32,
  LAB_HAS_SHARE = 64,
  LAB_HAS_CLASSIFY = 128,
  LAB_HAS_ENCODE = 256,   /* since 1.3 */
  LAB_HAS_MAP_DRAWS = 512 /* since 1.6 */
};

/* Channels (1 for grey), rows and columns of an image, in pixels. Images are [n, channels, height, width], f32, in
 * [-1, 1] unless a feature network states another range. */
typedef struct {
  uint32_t channels, height, width, reserved;
} lab_image;

/* How latents are drawn, before the constraint. */
enum { LAB_UNIFORM_CUBE = 0 /* each number uniform in [-1, 1] */, LAB_NORMAL = 1 /* standard normal */ };
/* Where they must lie. */
enum { LAB_UNCONSTRAINED = 0, LAB_UNIT_SPHERE = 1 /* Euclidean norm 1 */ };

typedef struct {
  uint32_t n_latents, prior, constraint, reserved;
} lab_latents;

/* ---- what the host offers to `run` ------------------------------------------------------------------------------- */

/* Images to learn from. Arrays are the host's and live as long as lab_host. */
typedef struct {
  uint64_t n_images;
  lab_image image;
  const uint8_t *split;     /* [n_images]: 0 training image, 1 test image. Learn from training images only. */
  const int64_t *label;     /* [n_images]: index into class_names; NULL if not every image has one */
  uint64_t n_classes;
  const lab_str *class_names; /* [n_classes] */
  double field_of_view_deg;   /* width of an image in degrees of visual angle; NaN if unknown */
} lab_corpus;

/* The loss that a decoder is trained on: L(z, x) = sum over terms of weight * term(x, G(z)), one value per row. */
typedef struct {
  lab_latents latents;
  lab_image image;
  uint64_t n_targets; /* targets are numbered from 0 */
  uint64_t n_terms;
  const lab_str *term_names;  /* [n_terms] */
  const double *term_weights; /* [n_terms] */
} lab_objective;

/* What lab_host.evaluate computes. */
enum {
  LAB_TERMS = 0, /* out [n_terms, n]: each unweighted term of each row against its target */
  LAB_IMAGES = 1 /* out [n, channels, height, width]: the generator's images; target_idx is not read */
};

/* Functions of the host. Handed to `run`; valid until that call returns, and after LOAD of a decoder until destroy(self),
 * so that decoding may use the objective. Functions may be called from any thread while the struct is valid; pass `ctx`
 * as it is. Buffers given to them are the plugin's. Those that take lab_err return a status; err may be NULL.
 * A tape of the host is dropped by drop_tape, exactly once, before the struct becomes invalid. */
typedef struct {
  uint32_t struct_size;
  uint32_t reserved;
  void *ctx;
  uint64_t seed; /* the run's one seed */
  lab_str path;  /* the stage's place in the tree of random streams, such as "generator" */
  const lab_corpus *corpus;       /* NULL if there is none */
  const lab_objective *objective; /* NULL unless this is a decoder */

  /* 32 random bytes that depend on seed, path and `name` alone: the key of a random generator of your own.
   * They are BLAKE3("lab rng v1" | seed as 8 bytes, little-endian | path "/" name). */
  int32_t (*stream)(void *ctx, lab_str name, uint8_t out[32], lab_err *err);

  /* 1 once the person asked to stop. Ask in every step; then save what a checkpoint needs and return LAB_CANCELLED. */
  int32_t (*cancelled)(void *ctx);
  /* How far the work is: `done` of `total`, counted in `unit` ("updates"); `state` is a short text such as a loss. */
  void (*progress)(void *ctx, uint64_t done, uint64_t total, lab_str unit, lab_str state);
  /* Says something: level 0 for the terminal, 1 a warning that the report repeats. */
  void (*say)(void *ctx, uint32_t level, lab_str text);
  /* Adds the point (x, y) to a learning curve that the report draws. `member` is the place in FIT's list of members of a
   * decoder, 0 elsewhere. */
  void (*curve)(void *ctx, uint32_t member, lab_str name, lab_str x_label, double x, double y);
  /* Shows images made on the way, [n, image], under a file name without extension. */
  void (*sheet)(void *ctx, lab_str name, const float *images, uint64_t n, lab_image image);

  /* Keeps bytes under a name, replacing what was there in one step. They survive a killed run. */
  int32_t (*save_checkpoint)(void *ctx, lab_str name, const uint8_t *bytes, uint64_t n, lab_err *err);
  /* The newest bytes under a name: the host asks *your* sink for output 0, u8 [n], and fills it. If it returns LAB_OK and
   * did not ask, there is no checkpoint. */
  int32_t (*load_checkpoint)(void *ctx, lab_str name, const lab_sink *sink, lab_err *err);

  /* Pixels of corpus images: out [n, channels, height, width] in [-1, 1]. */
  int32_t (*images)(void *ctx, const uint64_t *image_idx, uint64_t n, float *out, lab_err *err);

  /* The loss of each row and its gradient, in one call.
   * z [n, n_latents] on the constraint; target_idx [n]; value [n]; grad_z [n, n_latents], the gradient of the sum of the
   * values, or NULL if it is not wanted. */
  int32_t (*loss)(void *ctx, const float *z, const uint64_t *target_idx, uint64_t n, float *value, float *grad_z,
                  lab_err *err);
  /* The same in two steps, for a training that puts its own arithmetic behind the terms or the images.
   * what: LAB_TERMS or LAB_IMAGES. If tape is not NULL the host leaves a tape there for evaluate_vjp. */
  int32_t (*evaluate)(void *ctx, uint32_t what, const float *z, const uint64_t *target_idx, uint64_t n, float *out,
                      void **tape, lab_err *err);
  /* grad_z [n, n_latents] = (d out / d z) applied to grad_out, which has the shape of out. */
  int32_t (*evaluate_vjp)(void *ctx, void *tape, const float *grad_out, float *grad_z, lab_err *err);
  void (*drop_tape)(void *ctx, void *tape);
} lab_host;

/* ---- a plugin ---------------------------------------------------------------------------------------------------- */

typedef struct {
  uint32_t struct_size; /* sizeof(lab_plugin) when the library was built */
  uint32_t caps;        /* LAB_HAS_VJP | ... */
  lab_str kind;         /* "dataset" "aligner" "generator" "feature_net" "loss" "decoder" */
  lab_str name;         /* its name in experiments: ASCII letters, digits and '_', not beginning with a digit */
  /* For people: version of the plugin; one sentence; the equation; where the method comes from; what results were
   * compared with. Each may be empty. */
  lab_str version, summary, equation, source, parity;

  /* Makes an instance from its parameters, as they stand in the experiment: RON such as "(latent: 50)", or "()".
   * Touches no data. `seed` is the run's seed. On LAB_OK *self is not NULL; on anything else it is not read. */
  int32_t (*create)(lab_str config, uint64_t seed, void **self, lab_err *err);
  void (*destroy)(void *self);

  /* Text 0: the same parameters with every default filled in, on one line; what it writes, create must read and mean the
   * same by. If smoke is not 0, everything that costs time is shrunk to seconds. May be NULL: then the text is kept as it
   * is and there are no defaults to show. */
  int32_t (*resolve)(lab_str config, uint32_t smoke, const lab_sink *sink, lab_err *err);

  /* Text 0: facts as RON, by kind (below). Called after create, and again once the instance is ready. */
  int32_t (*describe)(void *self, const lab_sink *sink, lab_err *err);

  /* FORWARD, SAVE, QUALITY, SHARE, CLASSIFY, ENCODE, MAP_DRAWS. tape: NULL if no gradient will be asked for; else a place,
   * holding NULL, for a tape of yours (only if LAB_KEEPS_TAPE). A tape left with a status other than LAB_OK is dropped as well. */
  int32_t (*forward)(void *self, uint32_t method, const lab_in *in, uint32_t n_in, const lab_sink *sink, void **tape,
                     lab_err *err);

  /* Gradients of FORWARD, CLASSIFY and, since 1.5, ENCODE: output i of the sink is d(sum of outputs * gout) / d in[i], f32, in the shape of
   * in[i], for every in[i] that has LAB_WANT_GRAD, and for no other. `in` holds the inputs of the forward call again.
   * tape: that of the forward call, or NULL: compute again. May be called any number of times for one tape. If an output
   * does not depend on an input, leave zeros. NULL without LAB_HAS_VJP. */
  int32_t (*vjp)(void *self, uint32_t method, const lab_in *in, uint32_t n_in, void *tape, const lab_in *gout,
                 uint32_t n_out, const lab_sink *sink, lab_err *err);
  void (*drop_tape)(void *self, void *tape); /* NULL without LAB_KEEPS_TAPE */

  /* TRAIN, LOAD, LIST: the methods that change self, with the host's functions. NULL if there are none. */
  int32_t (*run)(void *self, uint32_t method, const lab_in *in, uint32_t n_in, const lab_host *host, const lab_sink *sink,
                 lab_err *err);

  /* Since 1.2. Text 0: a RON list of every parameter, nested ones by their path, each with all of these fields:
   *   [(name: "train.batch", meaning: "Images of a step.", kind: "whole number", range: "at least 1", options: [],
   *     default: "64")]
   * range is empty if it is no number; options holds ("Name", "meaning") of every name that it may be, and is empty if it
   * may be anything; default is RON, and empty if there is none. May be NULL: then nothing is said. */
  int32_t (*explain)(const lab_sink *sink, lab_err *err);
} lab_plugin;

/* ---- the kinds ----------------------------------------------------------------------------------------------------
 *
 * READY. An instance is ready for FORWARD, vjp, CLASSIFY, ENCODE and MAP_DRAWS
 *   if it has neither LAB_HAS_TRAIN nor LAB_HAS_STATE: after create;
 *   generator, feature_net: after TRAIN or after LOAD;  decoder: after LOAD;  aligner: after TRAIN;
 *   dataset: after LIST (which every dataset has).
 * An instance sees at most one `run`. LAB_HAS_TRAIN asks for LAB_HAS_STATE too, except in aligners, which have no state
 * to save in version 1. With LAB_HAS_STATE alone (weights that come with the plugin), the host makes the instance, calls
 * SAVE, and from then on LOADs what it got.
 * Sizes: B rows of a batch (at least 1), C H W an image, L latents, N samples, P features, V voxels.
 *
 * Facts of every kind may hold, since 1.1,
 *                 files: ["weights.npz"]                  the files that an instance reads, as written in the experiment
 *
 * generator      latents to images
 *   facts        (latents: (n_latents: 50, prior: UniformCube | Normal, constraint: None | UnitSphere),
 *                 image: (channels: 1, height: 64, width: 64),
 *                 corpus: "letters(size: 64)",            the dataset to learn from, as in an experiment; left out if none
 *                 maps: (channels: 2, height: 5, width: 5),  since 1.3: how a latent lies as maps; left out if it does not
 *                 encodes: true)                          since 1.3: whether it has an encoder; left out if not
 *   FORWARD      in 0: z f32 [B, L]                       out 0: images f32 [B, C, H, W] in [-1, 1]
 *                Row i depends on row i of z alone.       vjp: gout 0 -> out 0: d z
 *   ENCODE       in 0: images f32 [B, C, H, W] in [-1, 1]  out 0: latents f32 [B, L] on the constraint
 *                                                        vjp, since 1.5: gout 0 -> out 0: d images
 *   MAP_DRAWS    in 0: draws f32 [B, L] from the prior    out 0: latents f32 [B, L] on the constraint; no vjp
 *                Since 1.6, if the latents of its samples are distributed as no prior is.
 *   TRAIN        no inputs, no outputs; host->corpus is the corpus of the facts
 *   SAVE         no inputs                                out 0: u8 [n]
 *   LOAD         in 0: u8 [n]
 *
 * feature_net    images to activations
 *   facts        (layers: ["conv1", "fc6"],               from input to output
 *                 image: (channels: 1, height: 64, width: 64),     left out if any
 *                 range: (low: -1.0, high: 1.0),          of the pixels it takes; final once ready
 *                 corpus: "letters()",                    left out if none
 *                 classes: ["A", "B"])                    left out if it does not classify; final once ready
 *   FORWARD      in 0: images f32 [B, C, H, W] in range; in 1: i64 [k], places in `layers`, ascending
 *                out j: activations of layer in 1 [j], before the non-linearity, f32 [B, ...]
 *                vjp: gout 0 .. k-1 -> out 0: d images
 *   CLASSIFY     in 0: images                             out 0: scores before the soft-max f32 [B, n_classes]
 *                vjp: gout 0 -> out 0: d images
 *   TRAIN, SAVE, LOAD as generator
 *
 * loss           compares reconstructions with targets
 *   facts        (layers: ["conv1"])                      whose activations it needs; empty for terms on pixels
 *   FORWARD      in 0: target images f32 [B, C, H, W]; in 1: reconstructions, same shape;
 *                in 2 + 2i, 3 + 2i: activations of layers[i] of target and reconstruction
 *                out 0: value f32 [B]; the host weighs terms and reduces
 *                vjp: gout 0: f32 [B] -> out 1, 3, 5, ... where LAB_WANT_GRAD
 *   SHARE        in 0: targets; in 1 + i: activations of layers[i]
 *                out 0: f64 [number of layers], the share of elements of each that takes part, in [0, 1]; NaN where
 *                the term does not select
 *
 * decoder        aligned responses to latents or pixels
 *   facts        (output: Latents | Images)
 *   TRAIN (FIT)  in 0: features f32 [N, P]; in 1: i64 [N], the target that each row saw;
 *                in 2: targets f32 [n_targets, C, H, W]; in 3: i64 [M], numbers of the members to fit;
 *                in 4, since 1.4: i64 [n_targets], the number of the picture that each target was cut from, or i64 [0]
 *                where no images were cut from pictures. Targets of one picture depend on each other: rows that are left
 *                out to choose a setting leave together with all rows of their picture.
 *                host->objective is the objective. Member m draws only from streams that begin with "member-{m}", so that
 *                it is the same decoder whatever it is fitted with.
 *   SAVE         after FIT: out j: u8 [n_j], member j of in 3; after LOAD: out 0
 *   LOAD         in 0: u8 [n], one member; in 1: targets, as in 2 of FIT, of whatever images are to be decoded
 *                host->objective as in FIT, valid until destroy.
 *   FORWARD      in 0: features f32 [N, P]                out 0: latents f32 [N, L] on the constraint, or images f32
 *                [N, C, H, W] in [-1, 1]                  vjp (optional): gout 0 -> out 0: d features
 *
 * aligner        responses of subjects into another space
 *   facts        ()
 *   TRAIN (FIT)  three inputs for each subject s: in 3s: responses f64 [N, V_s]; in 3s+1: i64 [V_s], the region of each
 *                voxel, or i64 [0] where columns are no voxels; in 3s+2: u8, text of lines: the subject's name, then the
 *                names of the regions, in the order that the numbers count. Training rows only, matched across subjects.
 *                A name that joins others by tabs ("V1\tLVC") is that of voxels that lie in each of them; a lone tab, in none.
 *   FORWARD      the same inputs, training rows or new    outputs: three for each space, laid out like the inputs
 *   QUALITY      the inputs of rows that the fit did not see, or none
 *                text 0: [(name: "...", of: "S1", value: 0.5, unit: "correlation")], measured on these rows, or, without
 *                inputs, how the fit went
 *
 * dataset        stimuli and responses
 *   facts        (files: ["a.npz"], obtain: "where the data come from")      obtain may be left out
 *   LIST         loads. host->corpus: the experiment's stimuli while a corpus is loaded, else NULL
 *                text 0: (name: "letters", n_images: 100, image: (channels: 1, height: 64, width: 64),
 *                         classes: ["A"], field_of_view_deg: 20.0, simulated: "how", notes: ["a sentence"],
 *                         subjects: [(id: "S1", roi_names: ["V1"])])
 *                         only name, n_images and image must be there; no subjects make it a corpus
 *                out 0: split u8 [n_images], 0 training, 1 test;  out 1: class of each image i64 [n_images], or i64 [0];
 *                for each subject s, with T trials and V voxels:
 *                out 2+5s: responses f32 [T, V];  out 3+5s: i64 [T, 3]: image, run, repeat, each from 0;
 *                class: -1 for an image of which none is known. Regions: a name of roi_names may join several by tabs,
 *                for voxels that lie in each of them.
 *                out 4+5s: region of each voxel i64 [V];  out 5+5s: f32 [V, 3] millimetres, or [0, 3];
 *                out 6+5s: noise ceiling f32 [V] in [0, 1], or [0]
 *   FORWARD      in 0: image indices i64 [n]              out 0: images f32 [n, C, H, W] in [-1, 1]
 */

/* ---- the library -------------------------------------------------------------------------------------------------- */

typedef struct {
  uint32_t magic; /* LAB_MAGIC */
  uint32_t abi_major, abi_minor;
  uint32_t struct_size; /* sizeof(lab_manifest) */
  lab_str built_by;     /* what built it, for the provenance record: name, compiler, options, profile; never compared */
  uint64_t n;
  const lab_plugin *const *plugins; /* [n]: an array of pointers, as structs may grow */
} lab_manifest;

/* The one symbol of a plugin library. host_abi is abi_major << 16 | abi_minor of the host. Returns a static manifest, its
 * own version in it even if that does not fit the host's; NULL if it cannot. */
LAB_EXPORT const lab_manifest *lab_plugin_entry(uint32_t host_abi);

#ifdef __cplusplus
}
#endif
#endif
