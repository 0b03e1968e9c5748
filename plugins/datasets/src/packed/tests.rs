//! Packing: the same bytes however often it is stopped, and nothing read that is not what it says.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use lab_core::prelude::*;
use lab_core::recording::{ImageSource, Labels, Split};
use lab_core::testing::check_dataset;
use lab_core::traits::Dataset;

use super::sidecar::Beside;
use super::{Images, PackOptions, Packed, PackedParams, Sidecar, pack};
use crate::contrast::Contrast;
use lab_formats::mmap::Mapped;
use lab_formats::mutations::survive;
use lab_formats::npy;

/// Images made of their index, which fail after a number of reads.
struct Made {
    n: usize,
    reads_left: AtomicUsize,
}

impl ImageSource for Made {
    fn n_images(&self) -> usize {
        self.n
    }

    fn shape(&self) -> ImageShape {
        ImageShape::grey(8)
    }

    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        let one_less = |left: usize| left.checked_sub(1);
        if self
            .reads_left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .is_err()
        {
            return Err(Error::Shape {
                what: "reads".into(),
                expected: "more".into(),
                got: "none".into(),
            });
        }
        let pixel = |idx: usize, place: usize| {
            ((idx * 31 + place * (7 + idx / 256)) % 256) as f32 / 127.5 - 1.0
        };
        let image = |&idx: &usize| (0..64).map(move |place| pixel(idx, place));
        Ok(image_idx.iter().flat_map(image).collect())
    }
}

struct Corpus {
    n: usize,
    n_reads: usize,
}

impl Dataset for Corpus {
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn load(&self, _ctx: &Context) -> Result<Recording> {
        let images = Made {
            n: self.n,
            reads_left: AtomicUsize::new(self.n_reads),
        };
        let set = |idx: usize| if idx == 5 { Split::Test } else { Split::Train };
        let mut recording = Recording::corpus(
            "made",
            Stimuli {
                images: Arc::new(images),
                split: (0..self.n).map(set).collect(),
                names: None,
                labels: Some(Labels {
                    names: vec!["even".into(), "odd".into()],
                    of: (0..self.n).map(|idx| (idx % 2) as u32).collect(),
                }),
                field_of_view_deg: Some(20.0),
                picture_of: None,
            },
        );
        recording.notes = vec!["\"Quoted\", and 1 of 2 left out.".into()];
        Ok(recording)
    }
}

const WHOLE: Corpus = Corpus {
    n: 300,
    n_reads: usize::MAX,
};

fn options() -> PackOptions {
    PackOptions {
        source: "made(n: 300)".into(),
        chunk: 4,
        ..PackOptions::default()
    }
}

fn load(path: &Path, verify: bool) -> Result<Recording> {
    let ctx = Context::new(1);
    let params = PackedParams {
        path: path.to_string_lossy().into_owned(),
        verify,
    };
    Ok(check_dataset(&ctx, &Packed::build(params, &ctx)?)?.unwrap())
}

#[test]
fn what_was_packed_comes_back() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.npy");
    let ctx = Context::new(1);
    let sidecar = pack(&ctx, &WHOLE, &path, &options())?;
    assert_eq!(sidecar, Sidecar::read(&path.with_extension("ron"))?);
    let (packed, source) = (load(&path, true)?, WHOLE.load(&ctx)?);
    assert_eq!((&packed.name, &packed.notes), (&source.name, &source.notes));
    assert_eq!(
        packed.stimuli.content_hash()?,
        source.stimuli.content_hash()?
    );
    assert_eq!(packed.stimuli.field_of_view_deg, Some(20.0));
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
    // A second time nothing is read; another way of packing does not write over the first.
    let nothing = Corpus { n: 300, n_reads: 0 };
    assert_eq!(pack(&ctx, &nothing, &path, &options())?, sidecar);
    let stretched = PackOptions {
        contrast: Contrast::Stretch,
        ..options()
    };
    let error = pack(&ctx, &WHOLE, &path, &stretched)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("made.npy") && error.contains("remove it"),
        "{error}"
    );
    Ok(())
}

#[test]
fn stopped_anywhere_it_ends_with_the_same_bytes() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.npy");
    let ctx = Context::new(1);
    pack(&ctx, &WHOLE, &whole, &options())?;
    let files = |path: &Path| {
        ["npy", "ron", "labels.npy"].map(|ending| fs::read(path.with_extension(ending)).unwrap())
    };
    for n_reads in [0, 1, 30, 50, 70] {
        let path = folder.path().join(format!("stopped_{n_reads}.npy"));
        assert!(pack(&ctx, &Corpus { n: 300, n_reads }, &path, &options()).is_err());
        assert!(!path.exists());
        let beside = Beside::of(&path)?;
        // A killed process leaves bytes behind that it had not recorded yet.
        let mut partial = fs::read(&beside.partial).unwrap();
        partial.extend([7; 100]);
        fs::write(&beside.partial, partial).unwrap();
        pack(&ctx, &WHOLE, &path, &options())?;
        assert!(files(&path) == files(&whole), "{n_reads}");
    }
    // So does one that is asked to stop, and one whose half-written pixels were lost or belong to another source.
    let path = folder.path().join("cancelled.npy");
    let cancelled = ctx
        .clone()
        .with_cancellation(Arc::new(AtomicBool::new(true)));
    let stopped = pack(&cancelled, &WHOLE, &path, &options());
    assert!(matches!(stopped, Err(Error::Cancelled)));
    let _ = pack(
        &ctx,
        &Corpus {
            n: 300,
            n_reads: 50,
        },
        &path,
        &options(),
    );
    fs::write(Beside::of(&path)?.partial, b"short").unwrap();
    pack(&ctx, &WHOLE, &path, &options())?;
    assert!(files(&path) == files(&whole));
    let path = folder.path().join("other.npy");
    let _ = pack(
        &ctx,
        &Corpus {
            n: 200,
            n_reads: 40,
        },
        &path,
        &options(),
    );
    pack(&ctx, &WHOLE, &path, &options())?;
    assert!(files(&path) == files(&whole));
    Ok(())
}

#[test]
fn damaged_packings_are_refused_by_name() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.npy");
    pack(&Context::new(1), &WHOLE, &path, &options())?;
    let good = fs::read(&path).unwrap();
    let refused = |part: &str, verify: bool| {
        let error = load(&path, verify).unwrap_err().to_string();
        assert!(
            error.contains("made") && error.contains(part),
            "{part}: {error}"
        );
    };
    let mut turned = good.clone();
    turned[4000] ^= 1;
    fs::write(&path, &turned).unwrap();
    refused("check sum", true);
    assert!(
        load(&path, false).is_ok(),
        "check sums are compared only when asked for"
    );
    fs::write(&path, &good[..good.len() - 1]).unwrap();
    refused("need 19328", false);
    fs::write(&path, &good).unwrap();
    let sidecar = path.with_extension("ron");
    let text = fs::read_to_string(&sidecar).unwrap();
    for (from, to, part) in [
        ("n_images: 300", "n_images: 299", "as the sidecar says"),
        ("format: 1", "format: 9", "'format'"),
        ("size: 8", "seize: 8", "made.ron"),
        ("test: [5]", "test: [300]", "below 300"),
        ("\"odd\"", "", "below 1"),
    ] {
        assert!(text.contains(from), "{text}");
        fs::write(&sidecar, text.replace(from, to)).unwrap();
        refused(part, false);
    }
    fs::remove_file(&sidecar).unwrap();
    let params = PackedParams {
        path: path.to_string_lossy().into_owned(),
        verify: false,
    };
    let ctx = Context::new(1);
    assert!(Packed::build(params, &ctx)?.load(&ctx).is_err());
    Ok(())
}

#[test]
fn hostile_packings_are_refused_or_read() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.npy");
    let few = Corpus {
        n: 6,
        n_reads: usize::MAX,
    };
    let sidecar = pack(&Context::new(1), &few, &path, &options())?;
    let pixels = survive(&fs::read(&path).unwrap(), 1, |copy| {
        let images = Images::of(Mapped::memory(copy, &path), &sidecar)?;
        images.read(&[0, 1, 2, 3, 4, 5])
    });
    let file = path.with_extension("ron");
    let text = fs::read(&file).unwrap();
    let beside = survive(&text, 2, |copy| {
        fs::write(&file, copy).unwrap();
        let params = PackedParams {
            path: path.to_string_lossy().into_owned(),
            verify: true,
        };
        let ctx = Context::new(1);
        Packed::build(params, &ctx)?.load(&ctx)
    });
    assert!(
        pixels.0 > 0 && pixels.1 > 0 && beside.1 > 0,
        "{pixels:?} {beside:?}"
    );
    Ok(())
}

#[test]
fn headers_are_numpys() {
    let numpys = fs::read(crate::tests::fixture("bytes.npy")).unwrap();
    assert_eq!(super::sidecar::npy_header("|u1", &[6, 7]), numpys[..128]);
    let flags = fs::read(crate::tests::fixture("flags.npy")).unwrap();
    assert_eq!(super::sidecar::npy_header("|b1", &[6]), flags[..128]);
    assert!(npy::parse(&super::sidecar::npy_header("<u4", &[1_281_167])).is_ok());
}
