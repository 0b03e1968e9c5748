//! Crops against Pillow (`tests/reference/datasets/make_crops.py`), and what a folder promises of its pictures.

use std::collections::BTreeSet;
use std::path::Path;

use image::imageops::{FilterType, resize};
use image::{Rgb, RgbImage};
use lab_core::recording::Split;
use lab_core::rng::stream;
use lab_core::testing::check_dataset;
use lab_formats::npz::Npz;
use lab_formats::pictures::{Grey, Square};
use rand::Rng;

use super::crops::deviation;
use super::*;
use crate::tests::fixture;
use crate::{PackOptions, Packed, PackedParams, pack};

#[test]
fn crops_are_those_of_pillow() -> Result<()> {
    let pillow = Npz::open(&fixture("crops.npz"))?;
    let (_, squares) = pillow.array("squares")?.i64()?;
    let (_, images) = pillow.array("images")?.f32();
    let (_, deviations) = pillow.array("deviations")?.f32();
    let grey = Grey::read(&fixture("crops.png"))?;
    let mut n = 0;
    for ((square, expected), spread) in squares
        .chunks(3)
        .zip(images.chunks(24 * 24))
        .zip(deviations)
    {
        let [top, left, side] = [0, 1, 2].map(|at| square[at] as usize);
        let found = grey.cut(Square { top, left, side }, 24)?;
        let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
        let off = off.fold(0.0, f32::max);
        assert!(off < 1e-5, "{square:?} is off by {off}");
        assert!((deviation(&found) - f64::from(spread)).abs() < 1e-6);
        n += 1;
    }
    assert_eq!(n, 7);
    // The centre square is what a folder without crops takes.
    assert_eq!(
        grey.cut(grey.centre(), 24)?,
        pictures::read(&fixture("crops.png"), 24)?
    );
    let outside = Square {
        top: 100,
        left: 0,
        side: 51,
    };
    assert!(matches!(grey.cut(outside, 24), Err(Error::Shape { .. })));
    Ok(())
}

/// A picture of patches of its own colours with noise, 160 × 120.
fn picture(name: &str) -> RgbImage {
    let mut rng = stream(1, name);
    let patches: Vec<[i32; 3]> = (0..48)
        .map(|_| std::array::from_fn(|_| rng.random_range(0..=230)))
        .collect();
    RgbImage::from_fn(160, 120, |x, y| {
        let patch = patches[(y / 20 * 8 + x / 20) as usize];
        let noise = rng.random_range(0..25);
        Rgb(patch.map(|colour| (colour + noise) as u8))
    })
}

/// Twelve pictures in two subfolders, with a copy of one of them at half its size and as JPEG, one byte by byte, a blank one and a
/// small one.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("a")).unwrap();
    std::fs::create_dir(at("b")).unwrap();
    for idx in 1..=12 {
        let name = format!("{}/{idx}.png", if idx < 7 { "a" } else { "b" });
        picture(&name).save(at(&name)).unwrap();
    }
    let small = resize(&picture("a/2.png"), 80, 60, FilterType::Triangle);
    small.save(at("a/2 small.jpg")).unwrap();
    std::fs::copy(at("b/8.png"), at("b/again.png")).unwrap();
    RgbImage::from_pixel(90, 90, Rgb([200, 200, 203]))
        .save(at("b/blank.png"))
        .unwrap();
    resize(&picture("a/1.png"), 30, 20, FilterType::Triangle)
        .save(at("b/small.png"))
        .unwrap();
    folder
}

fn params(folder: &Path, change: impl Fn(&mut FolderParams)) -> FolderParams {
    let mut params = FolderParams {
        path: folder.to_string_lossy().into_owned(),
        size: 24,
        crops: Some(5),
        n_test: 3,
        ..FolderParams::default()
    };
    change(&mut params);
    params
}

fn load(folder: &Path, change: impl Fn(&mut FolderParams)) -> Result<Recording> {
    let ctx = Context::new(1);
    let dataset = Folder::build(params(folder, change), &ctx)?;
    Ok(check_dataset(&ctx, &dataset)?.unwrap())
}

/// The pictures of these images, by their names.
fn pictures_in(stimuli: &Stimuli, split: Split) -> BTreeSet<String> {
    let names = stimuli.names.as_ref().unwrap();
    let of = stimuli.indices(split).into_iter();
    of.map(|idx| names[idx].split('#').next().unwrap().to_owned())
        .collect()
}

#[test]
fn pictures_are_split_and_each_stands_there_once() -> Result<()> {
    let folder = folder();
    let recording = load(folder.path(), |_| ())?;
    let stimuli = &recording.stimuli;
    let names = stimuli.names.as_ref().unwrap();
    assert_eq!(stimuli.n_images(), 9 * 5 + 3);
    assert_eq!(stimuli.indices(Split::Test).len(), 3);
    let (train, test) = (
        pictures_in(stimuli, Split::Train),
        pictures_in(stimuli, Split::Test),
    );
    assert_eq!((train.len(), test.len()), (9, 3));
    assert!(train.is_disjoint(&test));
    stimuli.refuse_shared_pictures()?;
    let all: Vec<usize> = (0..48).collect();
    assert_eq!(stimuli.n_pictures(&all), Some(12));
    assert_eq!(names[..3], ["a/1.png#1", "a/1.png#2", "a/1.png#3"]);
    let different: BTreeSet<&String> = names.iter().collect();
    assert_eq!(different.len(), 48);
    assert_eq!(stimuli.labels.as_ref().unwrap().names, ["a", "b"]);
    // A test image is the centre square.
    let test = stimuli.indices(Split::Test)[0];
    let whole = pictures::read(&folder.path().join(&names[test]), 24)?;
    assert_eq!(stimuli.images.read(&[test])?, whole);
    let notes = recording.notes.join("\n");
    for part in [
        "1 picture was left out, as a side is below 24 pixels",
        "'b/small.png'",
        "byte by byte: 'b/again.png' as 'b/8.png'",
        "vary by less than 0.05",
        "'b/blank.png'",
        "show the same, upright, turned or mirrored: 'a/2 small.jpg' as 'a/2.png'",
        "5 from each of 9 training pictures",
        "Of each of 3 test pictures",
        "depend on each other",
    ] {
        assert!(notes.contains(part), "{part}: {notes}");
    }
    Ok(())
}

#[test]
fn turned_and_mirrored_copies_stand_there_once() -> Result<()> {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let picture = image::open(path("a/1.png")).unwrap();
    let (turned, mirrored) = (picture.rotate90(), picture.fliph());
    turned.save(path("c turned.png")).unwrap();
    mirrored.save(path("d mirrored.png")).unwrap();
    let recording = load(folder.path(), |_| ())?;
    assert_eq!(recording.stimuli.n_images(), 9 * 5 + 3, "as without them");
    let notes = recording.notes.join("\n");
    for part in [
        "'c turned.png' as 'a/1.png'",
        "'d mirrored.png' as 'a/1.png'",
    ] {
        assert!(notes.contains(part), "{part}: {notes}");
    }
    Ok(())
}

#[test]
fn the_same_bytes_come_from_any_number_of_threads_and_for_more_crops() -> Result<()> {
    let folder = folder();
    let hash = |n_threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap();
        let ctx = Context::new(seed);
        pool.install(|| {
            let dataset = Folder::build(params(folder.path(), |_| ()), &ctx)?;
            let recording = dataset.load(&ctx)?;
            Ok::<_, Error>((recording.stimuli.content_hash()?, recording.notes))
        })
    };
    let one = hash(1, 1)?;
    assert_eq!(one, hash(2, 1)?);
    assert_eq!(one, hash(8, 1)?);
    assert_ne!(one.0, hash(2, 2)?.0);
    let (few, many) = (
        load(folder.path(), |_| ())?,
        load(folder.path(), |params| params.crops = Some(7))?,
    );
    let place = |recording: &Recording, name: &str| {
        let names = recording.stimuli.names.as_ref().unwrap();
        names.iter().position(|own| own == name).unwrap()
    };
    for name in ["a/1.png#5", "b/10.png#2"] {
        let (few_at, many_at) = (place(&few, name), place(&many, name));
        assert_eq!(
            few.stimuli.images.read(&[few_at])?,
            many.stimuli.images.read(&[many_at])?
        );
    }
    Ok(())
}

#[test]
fn parts_of_a_folder_share_no_picture() -> Result<()> {
    let folder = folder();
    let networks = load(folder.path(), |params| {
        params.part = Part::Every(4);
        params.n_test = 0;
    })?;
    let subjects = load(folder.path(), |params| params.part = Part::AllBut(4))?;
    let own = pictures_in(&networks.stimuli, Split::Train);
    let expected = ["a/4.png", "b/8.png", "b/12.png"].map(String::from);
    assert_eq!(own, BTreeSet::from(expected));
    let seen = [Split::Train, Split::Test].map(|split| pictures_in(&subjects.stimuli, split));
    assert_eq!(seen.iter().map(BTreeSet::len).sum::<usize>(), 9);
    assert!(seen.iter().all(|of| own.is_disjoint(of)));
    networks
        .stimuli
        .refuse_test_images_of(&subjects.stimuli, "corpus")?;
    // A corpus of the same pictures is refused although no pixel is the same.
    let whole = load(folder.path(), |params| params.n_test = 0)?;
    let refused = whole
        .stimuli
        .refuse_test_images_of(&subjects.stimuli, "corpus");
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("the same picture as test image"), "{error}");
    for part in [Part::Every(1), Part::AllBut(0)] {
        let error = load(folder.path(), |params| params.part = part).unwrap_err();
        assert!(error.to_string().contains("at least 2"), "{error}");
    }
    let error = load(folder.path(), |params| params.part = Part::Every(13)).unwrap_err();
    assert!(error.to_string().contains("12 pictures in all"), "{error}");
    Ok(())
}

#[test]
fn patterns_leave_pictures_out_and_one_without_a_picture_is_refused() -> Result<()> {
    let folder = folder();
    let recording = load(folder.path(), |params| {
        params.except = vec!["a/*".into(), "*/1?.png".into()];
        params.n_test = 1;
        params.classes = Classes::Unlabelled;
    })?;
    assert_eq!(recording.stimuli.labels, None);
    let of_pictures = load(folder.path(), |params| {
        params.except = vec!["a/*".into()];
        params.n_test = 1;
        params.classes = Classes::Pictures;
    })?;
    let (labels, picture_of) = (
        of_pictures.stimuli.labels.unwrap(),
        of_pictures.stimuli.picture_of.unwrap(),
    );
    assert_eq!(labels.names[0], "b/7.png");
    for (first, second) in (0..labels.of.len()).zip(1..labels.of.len()) {
        assert_eq!(
            labels.of[first] == labels.of[second],
            picture_of[first] == picture_of[second],
            "crops of one picture have one class, and those of others another"
        );
    }
    let kept = pictures_in(&recording.stimuli, Split::Train);
    assert!(
        kept.iter()
            .all(|name| ["b/7.png", "b/8.png", "b/9.png"].contains(&&**name))
    );
    let notes = recording.notes.join("\n");
    assert!(
        notes.contains("10 of 16 pictures were left out by patterns: 'a/*' 7, '*/1?.png' 3."),
        "{notes}"
    );
    // Without crops, too, and then nothing else is left out.
    let whole = load(folder.path(), |params| {
        params.except = vec!["a/*".into()];
        params.crops = None;
        params.part = Part::Every(2);
    })?;
    assert_eq!(
        whole.stimuli.names.unwrap(),
        ["b/8.png", "b/10.png", "b/12.png", "b/blank.png"]
    );
    assert_eq!(whole.stimuli.picture_of, None);
    for (patterns, said) in [
        (vec!["*.gif".to_owned()], "'*.gif', which no picture has"),
        (vec!["*".to_owned()], "patterns of all 16 pictures"),
    ] {
        let error = load(folder.path(), |params| params.except = patterns.clone()).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
    Ok(())
}

/// The left half of a picture is blank: crops of it alone are drawn again.
#[test]
fn crops_without_contrast_are_drawn_again() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["1.png", "2.png"] {
        let mut half = picture(name);
        for (x, _, pixel) in half.enumerate_pixels_mut() {
            if x < 90 {
                *pixel = Rgb([120; 3]);
            }
        }
        half.save(folder.path().join(name)).unwrap();
    }
    let change = |params: &mut FolderParams| {
        params.n_test = 1;
        params.crops = Some(40);
        params.smallest = 0.0;
    };
    let recording = load(folder.path(), change)?;
    let n = recording.stimuli.n_images();
    let notes = recording.notes.join("\n");
    assert!(notes.contains("refused and drawn again"), "{notes}");
    assert_eq!(n, 41, "{notes}");
    let pixels = recording.stimuli.images.read(&(0..n).collect::<Vec<_>>())?;
    assert!(pixels.chunks(24 * 24).all(|image| deviation(image) >= 0.05));
    let error = load(folder.path(), |params| {
        change(params);
        params.min_contrast = 0.99;
    });
    let error = error.unwrap_err().to_string();
    assert!(error.contains("vary by 0.99 or more"), "{error}");
    // The centre of both varies more than any small crop may.
    let error = load(folder.path(), |params| {
        change(params);
        params.n_test = 2;
    });
    let error = error.unwrap_err().to_string();
    assert!(error.contains("counted in pictures"), "{error}");
    let error = load(folder.path(), |params| params.size = 200).unwrap_err();
    assert!(error.to_string().contains("2 smaller ones"), "{error}");
    Ok(())
}

#[test]
fn headers_tell_the_most_there_can_be() -> Result<()> {
    let folder = folder();
    let ctx = Context::new(1).with_headers_only();
    let stimuli = Folder::build(params(folder.path(), |_| ()), &ctx)?
        .load(&ctx)?
        .stimuli;
    // The blank one and both copies are still there.
    assert_eq!(stimuli.n_images(), 12 * 5 + 3);
    assert_eq!(stimuli.indices(Split::Test).len(), 3);
    stimuli.refuse_shared_pictures()
}

#[test]
fn crops_are_packed_with_their_names_and_pictures() -> Result<()> {
    let folder = folder();
    let source = load(folder.path(), |_| ())?;
    let ctx = Context::new(1);
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("crops.npy");
    let dataset = Folder::build(params(folder.path(), |_| ()), &ctx)?;
    pack(&ctx, &dataset, &path, &PackOptions::default())?;
    let params = PackedParams {
        path: path.to_string_lossy().into_owned(),
        verify: true,
    };
    let packed = check_dataset(&ctx, &Packed::build(params, &ctx)?)?.unwrap();
    let (found, expected) = (&packed.stimuli, &source.stimuli);
    assert_eq!(found.names, expected.names);
    assert_eq!(found.picture_of, expected.picture_of);
    assert_eq!(found.split, expected.split);
    assert_eq!(packed.notes, source.notes);
    Ok(())
}

#[test]
fn crops_that_are_too_many_to_keep_are_cut_when_they_are_asked_for() -> Result<()> {
    let folder = folder();
    let kept = load(folder.path(), |_| ())?.stimuli;
    let ctx = Context::new(1);
    let files: Vec<PathBuf> = ["a/1.png", "a/4.png"]
        .map(|name| folder.path().join(name))
        .into();
    let squares: Vec<(usize, Square)> = files
        .iter()
        .enumerate()
        .flat_map(|(picture, file)| {
            let rule = crops::CropRule {
                n: 5,
                size: 24,
                smallest: 0.25,
                min_contrast: 0.05,
                seed: ctx.seed(),
            };
            let name = pictures::name_in(folder.path(), file);
            let cropped = rule.crop(&Grey::read(file).unwrap(), &name).unwrap();
            cropped
                .squares
                .into_iter()
                .map(move |(_, square)| (picture, square))
        })
        .collect();
    let on_disk = cut::OnDisk {
        files,
        squares,
        size: 24,
        contrast: Contrast::AsStored,
    };
    let place = |name: &str| {
        let names = kept.names.as_ref().unwrap();
        names.iter().position(|own| own == name).unwrap()
    };
    let asked = ["a/4.png#2", "a/1.png#5", "a/4.png#1"].map(place);
    assert_eq!(on_disk.read(&[6, 4, 5])?, kept.images.read(&asked)?);
    assert!(on_disk.read(&[10]).is_err());
    Ok(())
}

#[test]
fn copies_and_unions_remember_their_pictures() -> Result<()> {
    let folder = folder();
    let ctx = Context::new(1);
    let of = format!(
        "folder(path: {:?}, size: 24, crops: 2, n_test: 10)",
        folder.path().to_string_lossy()
    );
    let source = PluginRef::<dyn Dataset>::of(&of)
        .build(&ctx)?
        .load(&ctx)?
        .stimuli;
    let load = |text: &str| -> Result<Stimuli> {
        let dataset = PluginRef::<dyn Dataset>::of(text).build(&ctx)?;
        Ok(check_dataset(&ctx, dataset.as_ref())?.unwrap().stimuli)
    };
    let copies = load(&format!("jittered(of: {of}, copies: 3)"))?;
    let train = source.indices(Split::Train);
    assert_eq!((train.len(), copies.n_images()), (4, 12));
    for image in 0..12 {
        assert_eq!(copies.picture(image), source.picture(train[image / 3]));
    }
    let names = |stimuli: &Stimuli| -> BTreeSet<String> {
        let wholes = stimuli.images.wholes();
        wholes.iter().map(|whole| whole.name.clone()).collect()
    };
    assert_eq!(names(&source).len(), 12, "test pictures among them");
    assert_eq!(names(&copies), pictures_in(&source, Split::Train));
    let both = load(&format!(
        "union(parts: [letters(n_train: 3, n_test: 0, size: 24), {of}])"
    ))?;
    assert_eq!((0..3).find_map(|image| both.picture(image)), None);
    assert_eq!(names(&both), names(&source));
    let pictures = both.picture_of.unwrap();
    assert_eq!(pictures[3..], source.picture_of.unwrap()[..]);
    Ok(())
}
