//! Files that plugins of a library read: named by libraries of version 1.1, found among the texts of the parameters for
//! those of 1.0.

use std::ffi::c_void;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Tensor;

use super::build;
use crate::abi::{
    ABI_MAJOR, ErrBuf, Host, In, MAGIC, Manifest, PluginTable, Sink, Str, caps, status,
};
use crate::{adapters, manifest};
use lab_core::Result;
use lab_core::context::Context;
use lab_core::registry::{Build, Origin};
use lab_core::testing::check_files;
use lab_core::traits::{Features, LossTerm, View};

/// The kinds with facts that name a file.
const FACTS: [(&str, &str); 6] = [
    ("dataset", "(files: [\"named.bin\"])"),
    ("aligner", "(files: [\"named.bin\"])"),
    (
        "generator",
        "(latents: (n_latents: 3, prior: Normal, constraint: None), image: (channels: 1, height: 2, width: 2), files: [\"named.bin\"])",
    ),
    (
        "feature_net",
        "(layers: [\"a\"], range: (low: -1.0, high: 1.0), files: [\"named.bin\"])",
    ),
    ("loss", "(layers: [], files: [\"named.bin\"])"),
    ("decoder", "(output: Images, files: [\"named.bin\"])"),
];

/// The seed is the place of the kind in [`FACTS`].
unsafe extern "C" fn create(_: Str, seed: u64, this: *mut *mut c_void, _: *mut ErrBuf) -> i32 {
    // SAFETY: a test's host gives a place; what is put there is a number and never followed.
    unsafe { *this = std::ptr::without_provenance_mut(seed as usize + 1) };
    status::OK
}

unsafe extern "C" fn destroy(_: *mut c_void) {}

unsafe extern "C" fn describe(this: *mut c_void, sink: *const Sink, _: *mut ErrBuf) -> i32 {
    // SAFETY: a test's host gives a sink.
    unsafe { (*sink).text.unwrap()((*sink).ctx, 0, Str::new(FACTS[this.addr() - 1].1)) }
}

unsafe extern "C" fn forward(
    _: *mut c_void,
    _: u32,
    _: *const In,
    _: u32,
    _: *const Sink,
    _: *mut *mut c_void,
    _: *mut ErrBuf,
) -> i32 {
    status::UNSUPPORTED
}

unsafe extern "C" fn run(
    _: *mut c_void,
    _: u32,
    _: *const In,
    _: u32,
    _: *const Host,
    _: *const Sink,
    _: *mut ErrBuf,
) -> i32 {
    status::UNSUPPORTED
}

/// A library that holds one plugin of this kind and was built for this minor version.
fn manifest_of(kind: &'static str, abi_minor: u32) -> &'static Manifest {
    let empty = Str::new("");
    let table: &'static PluginTable = Box::leak(Box::new(PluginTable {
        struct_size: size_of::<PluginTable>() as u32,
        caps: caps::TRAIN | caps::STATE,
        kind: Str::new(kind),
        name: Str::new("reader"),
        version: empty,
        summary: empty,
        equation: empty,
        source: empty,
        parity: empty,
        create: Some(create),
        destroy: Some(destroy),
        resolve: None,
        explain: None,
        describe: Some(describe),
        forward: Some(forward),
        vjp: None,
        drop_tape: None,
        run: Some(run),
    }));
    let tables: &'static [*const PluginTable] = Box::leak(Box::new([std::ptr::from_ref(table)]));
    Box::leak(Box::new(Manifest {
        magic: MAGIC,
        abi_major: ABI_MAJOR,
        abi_minor,
        struct_size: size_of::<Manifest>() as u32,
        built_by: Str::new("a test"),
        n: 1,
        plugins: tables.as_ptr(),
    }))
}

/// Files of a plugin of such a library with these parameters.
fn files(idx: usize, abi_minor: u32, parameters: &str) -> Vec<PathBuf> {
    let manifest = manifest_of(FACTS[idx].0, abi_minor);
    let read = manifest::read(Path::new("libreader.so"), std::ptr::from_ref(manifest));
    let entry = read.unwrap().1.pop().unwrap();
    let origin = Origin::Library {
        path: "libreader.so",
        hash: "0",
        built_by: "a test",
    };
    let plugin = adapters::plugin("libreader.so", origin, Box::leak(Box::new(entry)));
    let ctx = Context::new(idx as u64);
    match plugin.build {
        Build::Dataset(build) => build(parameters, &ctx).unwrap().files(),
        Build::Aligner(build) => build(parameters, &ctx).unwrap().files(),
        Build::Generator(build) => build(parameters, &ctx).unwrap().files(),
        Build::FeatureNet(build) => build(parameters, &ctx).unwrap().files(),
        Build::LossTerm(build) => build(parameters, &ctx).unwrap().files(),
        Build::Decoder(build) => build(parameters, &ctx).unwrap().files(),
    }
}

/// A path for a file of this test alone.
fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("lab-library-{}-{name}", std::process::id()))
}

#[test]
fn all_six_kinds_name_their_files_since_version_1_1() {
    for (idx, (kind, _)) in FACTS.iter().enumerate() {
        assert_eq!(files(idx, 1, "()"), [PathBuf::from("named.bin")], "{kind}");
    }
}

/// Datasets could name theirs from the start.
#[test]
fn texts_that_are_files_stand_for_the_files_of_a_library_of_version_1_0() {
    let file = path("guessed");
    fs::write(&file, "x").unwrap();
    let parameters = format!("(a: \"no such file\", b: [packed(path: {file:?})], c: 1)");
    for (idx, (kind, _)) in FACTS.iter().enumerate() {
        let expected = if *kind == "dataset" {
            Path::new("named.bin")
        } else {
            &file
        };
        assert_eq!(files(idx, 0, &parameters), [expected], "{kind}");
    }
    fs::remove_file(&file).unwrap();
}

/// The macro of Rust authors hands on what the trait says.
#[test]
fn a_file_of_a_library_is_named_and_read() -> Result<()> {
    let file = path("factor");
    let term = build::<dyn LossTerm>(&format!("apart(layers: [], factor: {file:?})"));
    let image = Tensor::new(&[[[[1f32, 2.0]]]], &candle_core::Device::Cpu)?;
    let (black, features) = (image.zeros_like()?, Features::new());
    let side = |image| View {
        image,
        features: &features,
    };
    check_files(&file, [b"1", b"3"], &term.files(), || {
        let value = term.evaluate(&Context::new(0), &side(&black), &side(&image))?;
        Ok(value.to_vec1::<f32>()?[0].to_le_bytes().to_vec())
    })?;
    assert!(build::<dyn LossTerm>("apart()").files().is_empty());
    Ok(())
}
