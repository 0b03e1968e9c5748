//! What a plugin does wrong becomes an error that names it, and the host goes on.

use std::ffi::c_void;
use std::path::Path;

use candle_core::{Device, Tensor};

use super::{build, library};
use crate::abi::{
    ABI_MAJOR, ABI_MINOR, ErrBuf, In, MAGIC, Manifest, PluginTable, Sink, Str, caps, status,
};
use crate::sink::write_message;
use crate::{adapters, manifest};
use lab_core::context::Context;
use lab_core::recording::Stimuli;
use lab_core::registry::{Build, Origin, Plugin};
use lab_core::traits::{FittedGenerator, Generator};
use lab_core::weights::Weights;
use lab_core::{Error, Result};

#[test]
fn a_panic_is_an_error_and_the_next_call_works() -> Result<()> {
    let ctx = Context::new(1).child("generator");
    let dots = build::<dyn lab_core::traits::Dataset>("dots()").load(&ctx)?;
    let generator = build::<dyn Generator>("waves(panic_at: 13)");
    let fitted = generator.prepare(&ctx, Some(&dots.stimuli))?;
    let z = |n: usize| Tensor::ones((n, 6), candle_core::DType::F32, &Device::Cpu);
    let message = fitted.generate(&z(13)?).err().unwrap().to_string();
    assert_eq!(
        message,
        "generator 'waves' of libtoys.so panicked in FORWARD: a batch of 13 was asked for; this is a mistake of the plugin's author"
    );
    assert_eq!(fitted.generate(&z(3)?)?.dims(), [3, 1, 8, 8]);
    let wrong = fitted.generate(&Tensor::ones(
        (3, 7),
        candle_core::DType::F32,
        &Device::Cpu,
    )?);
    assert!(matches!(wrong, Err(Error::Shape { .. })));
    Ok(())
}

#[test]
fn errors_of_a_plugin_keep_their_words() {
    library();
    let reference = lab_core::config::PluginRef::<dyn Generator>::of("waves(size: 0)");
    let error = reference.build(&Context::new(1)).err().unwrap();
    assert_eq!(
        error.to_string(),
        "byte 0: parameter 'size' of waves: expected at least 1, got 0"
    );
    let generator = build::<dyn Generator>("waves()");
    let error = generator.restore(&Context::new(1), &Weights::new()).err();
    let message = error.unwrap().to_string();
    assert!(
        message.contains("failed in LOAD: weights 'weight'"),
        "{message}"
    );
}

/// What a generator in C might do wrong.
#[derive(Clone, Copy)]
enum Fault {
    None,
    Facts,
    Shape,
    NoOutput,
    Twice,
    Status,
    NoInstance,
    Range,
}

/// The faults by the seed that `create` is given.
const FAULTS: [(Fault, &str); 8] = [
    (Fault::None, ""),
    (
        Fault::Facts,
        "broke the interface in describe: expected facts of its kind, got '(latents: 3)'",
    ),
    (
        Fault::Shape,
        "broke the interface in FORWARD: expected f32 [2, 1, 2, 2], got output 0 as f32 [2, 2, 2]",
    ),
    (
        Fault::NoOutput,
        "broke the interface in FORWARD: expected output 0, got none",
    ),
    (
        Fault::Twice,
        "broke the interface in FORWARD: expected each output once, got output 0 (f32) again",
    ),
    (
        Fault::Status,
        "broke the interface in FORWARD: expected a status of lab_plugin.h, got 77",
    ),
    (
        Fault::NoInstance,
        "broke the interface in create: expected an instance, got NULL",
    ),
    (
        Fault::Range,
        "broke the interface in FORWARD: expected outputs below 1, got output 9 as f32 [1]",
    ),
];

unsafe extern "C" fn create(_: Str, seed: u64, this: *mut *mut c_void, _: *mut ErrBuf) -> i32 {
    if !matches!(FAULTS[seed as usize].0, Fault::NoInstance) {
        // SAFETY: a test's host gives a place.
        unsafe { *this = Box::into_raw(Box::new(seed)).cast() };
    }
    status::OK
}

unsafe extern "C" fn destroy(this: *mut c_void) {
    // SAFETY: made by `create`.
    drop(unsafe { Box::from_raw(this.cast::<u64>()) });
}

unsafe fn fault(this: *mut c_void) -> Fault {
    // SAFETY: made by `create`.
    FAULTS[unsafe { *this.cast::<u64>() } as usize].0
}

unsafe extern "C" fn describe(this: *mut c_void, sink: *const Sink, _: *mut ErrBuf) -> i32 {
    // SAFETY: a test's host gives a sink.
    unsafe {
        let text = match fault(this) {
            Fault::Facts => "(latents: 3)",
            _ => {
                "(latents: (n_latents: 3, prior: Normal, constraint: None), image: (channels: 1, height: 2, width: 2))"
            }
        };
        (*sink).text.unwrap()((*sink).ctx, 0, Str::new(text))
    }
}

unsafe extern "C" fn forward(
    this: *mut c_void,
    _: u32,
    inputs: *const In,
    _: u32,
    sink: *const Sink,
    _: *mut *mut c_void,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: a test's host gives inputs, a sink and a buffer.
    unsafe {
        let batch = *(*inputs).shape;
        let shape = [batch, 1, 2, 2];
        let alloc = |index, shape: &[u64]| {
            (*sink).alloc.unwrap()((*sink).ctx, index, 0, shape.as_ptr(), shape.len() as u32)
        };
        match fault(this) {
            Fault::Shape => alloc(0, &[batch, 2, 2]),
            Fault::NoOutput => return status::OK,
            Fault::Status => return 77,
            Fault::Range => alloc(9, &[1]),
            Fault::Twice => {
                alloc(0, &shape);
                alloc(0, &shape)
            }
            _ => alloc(0, &shape),
        };
        write_message(err, "what came of it", (0, 0));
        status::OK
    }
}

fn table() -> PluginTable {
    PluginTable {
        struct_size: size_of::<PluginTable>() as u32,
        caps: 0,
        kind: Str::new("generator"),
        name: Str::new("faulty"),
        version: Str::new(""),
        summary: Str::new(""),
        equation: Str::new(""),
        source: Str::new(""),
        parity: Str::new(""),
        create: Some(create),
        destroy: Some(destroy),
        resolve: None,
        explain: None,
        describe: Some(describe),
        forward: Some(forward),
        vjp: None,
        drop_tape: None,
        run: None,
    }
}

fn manifest_of(table: PluginTable) -> Manifest {
    let table: &'static PluginTable = Box::leak(Box::new(table));
    let tables: &'static [*const PluginTable] = Box::leak(Box::new([std::ptr::from_ref(table)]));
    Manifest {
        magic: MAGIC,
        abi_major: ABI_MAJOR,
        abi_minor: ABI_MINOR,
        struct_size: size_of::<Manifest>() as u32,
        built_by: Str::new("a test"),
        n: 1,
        plugins: tables.as_ptr(),
    }
}

/// A library of version 1.1 has a shorter table; the memory behind it is not the library's.
#[test]
fn a_library_without_explanations_is_loaded_and_has_none() {
    let size = std::mem::offset_of!(PluginTable, explain);
    let mut old = table();
    old.struct_size = size as u32;
    let pages: &'static mut [u64] = Box::leak(vec![u64::MAX; size.div_ceil(8) + 1].into());
    // SAFETY: the table has at least `size` bytes, and the pages have more.
    unsafe {
        std::ptr::copy_nonoverlapping(
            std::ptr::from_ref(&old).cast::<u8>(),
            pages.as_mut_ptr().cast(),
            size,
        );
    }
    let tables: &'static [*const PluginTable] = Box::leak(Box::new([pages.as_ptr().cast()]));
    let manifest: &'static Manifest = Box::leak(Box::new(Manifest {
        abi_minor: 1,
        plugins: tables.as_ptr(),
        ..manifest_of(table())
    }));
    let (_, mut entries) = manifest::read(Path::new("libfaulty.so"), manifest).unwrap();
    let plugin = registered(entries.remove(0));
    assert_eq!((plugin.parameters)().unwrap(), None);
}

/// The registry's entry for a plugin of no file.
fn registered(entry: manifest::Entry) -> Plugin {
    let origin = Origin::Library {
        path: "libfaulty.so",
        hash: "",
        built_by: "a test",
    };
    adapters::plugin("libfaulty.so", origin, Box::leak(Box::new(entry)))
}

fn refusal(manifest: Manifest) -> String {
    let manifest: &'static Manifest = Box::leak(Box::new(manifest));
    let read = manifest::read(Path::new("libx.so"), std::ptr::from_ref(manifest));
    read.map_or_else(|error| error.to_string(), |_| "accepted".into())
}

#[test]
fn faults_are_named_and_none_ends_the_host() {
    let manifest: &'static Manifest = Box::leak(Box::new(manifest_of(table())));
    let read = manifest::read(Path::new("libfaulty.so"), std::ptr::from_ref(manifest));
    let entry = read.unwrap().1.pop().unwrap();
    let plugin = registered(entry);
    let Build::Generator(build) = plugin.build else {
        panic!("the faulty plugin is a generator");
    };
    assert_eq!((plugin.defaults)().unwrap(), "()");
    for (seed, (_, expected)) in FAULTS.iter().enumerate() {
        let ctx = Context::new(seed as u64);
        let made = || -> Result<Tensor> {
            let generator = build("()", &ctx)?;
            let corpus: Option<&Stimuli> = None;
            let fitted: Box<dyn FittedGenerator> = generator.prepare(&ctx, corpus)?;
            let z = Tensor::ones((2, 3), candle_core::DType::F32, &Device::Cpu)?;
            fitted.generate(&z)
        };
        match (made(), expected.is_empty()) {
            (Ok(image), true) => assert_eq!(image.dims(), [2, 1, 2, 2]),
            (Err(error), false) => {
                let message = error.to_string();
                assert!(message.contains(expected), "{message}");
                assert!(
                    message.starts_with("generator 'faulty' of libfaulty.so "),
                    "{message}"
                );
            }
            (other, _) => panic!(
                "fault {seed}: {:?}",
                other.map(|image| image.dims().to_vec())
            ),
        }
    }
}

#[test]
fn a_gradient_through_a_plugin_without_one_is_an_error() {
    let manifest: &'static Manifest = Box::leak(Box::new(manifest_of(table())));
    let read = manifest::read(Path::new("libfaulty.so"), std::ptr::from_ref(manifest));
    let entry = read.unwrap().1.pop().unwrap();
    let plugin = registered(entry);
    let Build::Generator(build) = plugin.build else {
        panic!("the faulty plugin is a generator");
    };
    let ctx = Context::new(0);
    let fitted = build("()", &ctx).unwrap().prepare(&ctx, None).unwrap();
    let z = candle_core::Var::ones((2, 3), candle_core::DType::F32, &Device::Cpu).unwrap();
    let message = fitted.generate(z.as_tensor()).err().unwrap().to_string();
    assert!(message.contains("expected LAB_HAS_VJP"), "{message}");
}

#[test]
fn manifests_are_read_with_care() {
    let fine = || manifest_of(table());
    assert_eq!(refusal(fine()), "accepted");
    let with = |change: &dyn Fn(&mut PluginTable)| {
        let mut changed = table();
        change(&mut changed);
        refusal(manifest_of(changed))
    };
    let cases = [
        (
            refusal(Manifest { magic: 7, ..fine() }),
            "magic number 0x00000007",
        ),
        (
            refusal(Manifest {
                abi_major: 2,
                ..fine()
            }),
            "speaks version 2.6 of the plugin interface, this program 1.6",
        ),
        (
            refusal(Manifest {
                abi_minor: 9,
                ..fine()
            }),
            "speaks version 1.9",
        ),
        (
            refusal(Manifest {
                struct_size: 16,
                ..fine()
            }),
            "struct_size of the manifest is 16",
        ),
        (refusal(Manifest { n: 0, ..fine() }), "it lists 0 plugins"),
        (
            refusal(Manifest {
                n: u64::MAX,
                ..fine()
            }),
            "plugins",
        ),
        (
            refusal(Manifest {
                plugins: std::ptr::null(),
                ..fine()
            }),
            "it lists 1 plugins",
        ),
        (
            with(&|table| table.struct_size = 40),
            "plugin 0: struct_size is 40",
        ),
        (
            with(&|table| table.kind = Str::new("painter")),
            "kind 'painter' is none of dataset",
        ),
        (
            with(&|table| table.name = Str::new("a b")),
            "name 'a b' is no identifier",
        ),
        (
            with(&|table| table.name = Str::new("")),
            "name '' is no identifier",
        ),
        (
            with(&|table| table.create = None),
            "generator 'faulty': create is NULL",
        ),
        (
            with(&|table| table.caps = caps::VJP),
            "vjp is NULL, but its kind or caps promise it",
        ),
        (
            with(&|table| table.caps = caps::STATE),
            "run is NULL, but its kind or caps promise it",
        ),
        (
            with(&|table| table.kind = Str::new("decoder")),
            "a decoder needs LAB_HAS_TRAIN",
        ),
        (
            with(&|table| table.kind = Str::new("dataset")),
            "run is NULL",
        ),
    ];
    for (message, expected) in cases {
        assert!(message.contains(expected), "'{expected}' in {message}");
    }
    let null = manifest::read(Path::new("libx.so"), std::ptr::null());
    assert!(null.err().unwrap().to_string().contains("gave NULL"));
}
