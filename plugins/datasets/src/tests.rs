//! Contracts of the corpora, and what they promise beside.

use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::Split;
use lab_core::testing::check_dataset;
use lab_core::traits::Dataset;

use crate::contrast::Contrast;
use crate::{
    Fit, Folder, FolderParams, Jittered, JitteredParams, TrainingStimuli, Union, UnionParams,
};
use lab_formats::npz::Npz;
// Tests draw letters and scenes; naming the crate links it.
use lab_simulated as _;

/// A file that one of the scripts wrote.
pub(crate) fn fixture(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/reference/datasets")
        .join(name)
}

fn dataset(text: &str, ctx: &Context) -> Box<dyn Dataset> {
    PluginRef::<dyn Dataset>::of(text).build(ctx).unwrap()
}

#[test]
fn jittered_copies_keep_labels_and_leave_test_images_out() -> Result<()> {
    let ctx = Context::new(1);
    let of = "letters(n_train: 12, n_test: 6, size: 24)";
    let params = JitteredParams {
        of: PluginRef::of(of),
        copies: 4,
        ..JitteredParams::default()
    };
    let copies = check_dataset(&ctx, &Jittered::build(params, &ctx)?)?
        .unwrap()
        .stimuli;
    assert_eq!(copies.n_images(), 48);
    assert_eq!(
        copies.labels.as_ref().unwrap().of[..9],
        [0, 0, 0, 0, 1, 1, 1, 1, 2]
    );
    let letters = dataset(of, &ctx).load(&ctx)?.stimuli;
    copies.refuse_test_images_of(&letters, "copies")?;
    let (first, original) = (copies.images.read(&[4])?, letters.images.read(&[1])?);
    assert_eq!(first, original, "the first copy is the image itself");
    let (second, apart) = (copies.images.read(&[5])?, letters.images.read(&[3])?);
    let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>();
    assert!(
        distance(&second, &original) > 0.0
            && distance(&second, &original) < distance(&second, &apart)
    );
    Ok(())
}

#[test]
fn a_union_merges_classes_by_name_and_refuses_other_sizes() -> Result<()> {
    let ctx = Context::new(1);
    let union = |parts: &[&str]| {
        Union::build(
            UnionParams {
                parts: parts.iter().map(|part| PluginRef::of(part)).collect(),
            },
            &ctx,
        )
    };
    let letters = "letters(n_train: 6, n_test: 0, size: 24)";
    let both = union(&[
        letters,
        "scenes(n_train: 6, n_test: 0, size: 24)",
        "letters(n_train: 6, n_test: 0, size: 24, series: \"b\")",
    ])?;
    let stimuli = check_dataset(&ctx, &both)?.unwrap().stimuli;
    let labels = stimuli.labels.unwrap();
    assert_eq!((stimuli.split.len(), labels.names.len()), (18, 12));
    assert_eq!(labels.of[..6], labels.of[12..]);
    // Images of all parts in any order are those of each part, and there are no others.
    let of_part = |text: &str| -> Result<Vec<f32>> {
        let part = dataset(text, &ctx.child("part 1")).load(&ctx.child("part 1"))?;
        part.stimuli.images.read(&[2])
    };
    let mixed = stimuli.images.read(&[17, 8, 0])?;
    let second = of_part("scenes(n_train: 6, n_test: 0, size: 24)")?;
    assert_eq!(mixed[576..1152], second[..]);
    assert_eq!(mixed[..576], stimuli.images.read(&[17])?[..]);
    assert!(stimuli.images.read(&[18]).is_err());
    let complaint = union(&[letters, "letters(size: 32)"])?
        .load(&ctx)
        .unwrap_err()
        .to_string();
    assert!(
        complaint.contains("1×24×24") && complaint.contains("1×32×32"),
        "{complaint}"
    );
    Ok(())
}

#[test]
fn training_stimuli_are_the_experiments_and_nothing_else() -> Result<()> {
    let ctx = Context::new(1);
    assert!(
        TrainingStimuli
            .load(&ctx)
            .unwrap_err()
            .to_string()
            .contains("part of a corpus")
    );
    let letters = dataset("letters(n_train: 12, n_test: 6, size: 24)", &ctx)
        .load(&ctx)?
        .stimuli;
    let ctx = ctx.with_stimuli(letters.clone());
    let corpus = check_dataset(&ctx, &TrainingStimuli)?.unwrap().stimuli;
    assert_eq!(corpus.n_images(), 12);
    assert!(corpus.indices(Split::Test).is_empty());
    corpus.refuse_test_images_of(&letters, "corpus")
}

#[test]
fn a_folder_of_pictures_is_read_in_order_with_its_classes() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    for (class, grey) in [("dark", 20u8), ("light", 230)] {
        std::fs::create_dir(folder.path().join(class)).unwrap();
        for idx in 0..4u8 {
            let picture = image::GrayImage::from_pixel(30, 20, image::Luma([grey + idx]));
            picture
                .save(folder.path().join(class).join(format!("{idx}.png")))
                .unwrap();
        }
    }
    let ctx = Context::new(1);
    let path = folder.path().to_string_lossy().into_owned();
    let params = FolderParams {
        path,
        size: 10,
        n_test: 2,
        field_of_view_deg: Some(20.0),
        ..FolderParams::default()
    };
    let recording = check_dataset(&ctx, &Folder::build(params, &ctx)?)?.unwrap();
    let labels = recording.stimuli.labels.as_ref().unwrap();
    assert_eq!(labels.names, ["dark", "light"]);
    assert_eq!(recording.stimuli.indices(Split::Test), [2, 6]);
    let pixel = recording.stimuli.images.read(&[1])?[0];
    assert!((pixel - (21.0 / 127.5 - 1.0)).abs() < 1e-6, "{pixel}");
    // A picture of two greys is stretched to black and white.
    let mut two = image::GrayImage::from_pixel(20, 20, image::Luma([90]));
    (0..20).for_each(|y| (0..10).for_each(|x| two.put_pixel(x, y, image::Luma([30]))));
    let other = tempfile::tempdir().unwrap();
    two.save(other.path().join("two.png")).unwrap();
    let params = FolderParams {
        path: other.path().to_string_lossy().into_owned(),
        size: 10,
        contrast: Contrast::StretchBytes,
        ..FolderParams::default()
    };
    let recording = Folder::build(params, &ctx)?.load(&ctx)?;
    let row = recording.stimuli.images.read(&[0])?;
    assert!((row[0] + 1.0).abs() < 1e-6 && (row[9] - 1.0).abs() < 1e-6);
    Ok(())
}

#[test]
fn the_coco_rule_leaves_small_pictures_out_and_reads_every_kind() -> Result<()> {
    let ctx = Context::new(1);
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "clear.png",
        "cmyk.jpg",
        "colour.jpg",
        "grey.jpg",
        "narrow.png",
        "palette.png",
    ] {
        std::fs::copy(fixture("pictures").join(name), folder.path().join(name)).unwrap();
    }
    std::fs::write(
        folder.path().join("broken.jpg"),
        b"\xff\xd8\xff\xe0 nothing",
    )
    .unwrap();
    let params = FolderParams {
        path: folder.path().to_string_lossy().into_owned(),
        size: 24,
        fit: Fit::Coco,
        ..FolderParams::default()
    };
    let recording = check_dataset(&ctx, &Folder::build(params, &ctx)?)?.unwrap();
    assert_eq!(
        recording.notes,
        ["2 of 7 pictures were left out: 1 have a side below 24 pixels, 1 cannot be read."]
    );
    let pillow = Npz::open(&fixture("pictures_grey.npz"))?;
    for (idx, name) in [
        "clear_png",
        "cmyk_jpg",
        "colour_jpg",
        "grey_jpg",
        "palette_png",
    ]
    .iter()
    .enumerate()
    {
        let (_, grey) = pillow.array(name)?.f32();
        let image = recording.stimuli.images.read(&[idx])?;
        // Two JPEG decoders may differ by a grey level or two, and Pillow rounds after shrinking.
        let furthest = grey
            .iter()
            .zip(&image)
            .map(|(grey, p)| (grey - (p + 1.0) * 127.5).abs());
        let furthest = furthest.fold(0.0, f32::max);
        assert!(furthest < 2.0, "{name} is off by {furthest} grey levels");
    }
    Ok(())
}

/// `tests/reference/datasets/make_kinds.py`.
#[test]
fn every_kind_of_picture_equals_pillows_over_white() -> Result<()> {
    let pillow = Npz::open(&fixture("kinds_grey.npz"))?;
    let (mut n, mut n_transparent) = (0, 0);
    for entry in std::fs::read_dir(fixture("kinds")).unwrap() {
        let path = entry.unwrap().path();
        let name = path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .replace('.', "_");
        let (_, grey) = pillow.array(&name)?.f32();
        let (image, transparent) = lab_formats::pictures::read_over_white(&path, 24)?;
        let off = grey
            .iter()
            .zip(&image)
            .map(|(grey, p)| (grey - (p + 1.0) * 127.5).abs());
        // Pillow composes in whole numbers and may differ by one level a colour.
        let furthest = off.fold(0.0, f32::max);
        assert!(furthest < 1.01, "{name} is off by {furthest} grey levels");
        n += 1;
        n_transparent += usize::from(transparent);
    }
    assert_eq!((n, n_transparent), (14, 7));
    Ok(())
}

#[test]
fn the_older_layout_of_brains_has_one_set_of_images_column_by_column() {
    let folder = fixture("layouts/brains_older");
    let file = |name: &str| folder.join(name).display().to_string();
    let text = format!(
        "brains(images: {:?}, responses: Subjects([{:?}, {:?}]), n_test: 3)",
        file("Y_brains.mat"),
        file("X_S1.mat"),
        file("X_S2.mat")
    );
    let ctx = Context::new(1);
    let dataset = PluginRef::<dyn Dataset>::of(&text).build(&ctx).unwrap();
    let recording = dataset.load(&ctx).unwrap();
    recording.check().unwrap();
    let shrunk = text.replace("n_test: 3", "n_test: 3, size: 1");
    let shrunk = PluginRef::<dyn Dataset>::of(&shrunk).build(&ctx).unwrap();
    let one = shrunk.load(&ctx).unwrap().stimuli.images;
    assert_eq!(one.shape(), lab_core::dims::ImageShape::grey(1));
    let (whole, one) = (recording.stimuli.images.read(&[2]), one.read(&[2]));
    let (whole, one) = (whole.unwrap(), one.unwrap());
    let mean = whole.iter().sum::<f32>() / whole.len() as f32;
    assert!((one[0] - mean).abs() < 1e-5, "{} {mean}", one[0]);
    assert_eq!(recording.stimuli.indices(Split::Test).len(), 3);
    let pixels = recording.stimuli.images.read(&[2]).unwrap();
    for (at, pixel) in pixels.iter().enumerate() {
        let expected = 2.0 * (10 * at + 2) as f32 / 255.0 - 1.0;
        assert!((pixel - expected).abs() < 1e-6, "{at}: {pixel} {expected}");
    }
    for (subject, n_voxels) in recording.subjects.iter().zip([3, 2]) {
        let rows = subject.responses.to_vec2::<f32>().unwrap();
        assert_eq!((rows.len(), rows[0].len()), (12, n_voxels));
        assert!((rows[7][1] - 701.0).abs() < f32::EPSILON);
    }
}
