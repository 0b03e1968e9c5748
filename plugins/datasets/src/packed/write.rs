//! Packs a corpus: images are read and turned into bytes in parallel, and written in their order.
//!
//! Memory holds a few chunks, however many images there are. A packing that was stopped goes on where it was, and ends
//! with the same bytes: finished images are counted in a file beside the pixels, and the whole gets its name at the end.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use blake3::Hasher;
use lab_core::all_done;
use lab_core::prelude::*;
use lab_core::recording::Split;
use lab_core::traits::Dataset;
use rayon::prelude::*;

use super::options::PackOptions;
use super::sidecar::{Beside, FORMAT, Sidecar, npy_header, replace};
use super::source_hash::source_hash;
use crate::contrast::Contrast;
use lab_formats::file_error;

/// Images between two records of progress; at most so many are done twice after a stop.
const RECORDED: usize = 4096;

/// Packs the images of `dataset` into `out`, a `.npy` file, with a sidecar and, if there are labels, a file of them.
///
/// If `out` is already there and was packed from the same source in the same way, nothing is done.
///
/// # Errors
/// Fails if the images are no square grey ones or cannot be read, if `out` holds something else, if a file cannot be
/// written, or with [`Error::Cancelled`]; the next call goes on.
///
/// # Determinism
/// The bytes depend on source, seed and options alone, not on the number of threads or on stops between.
pub fn pack(
    ctx: &Context,
    dataset: &dyn Dataset,
    out: &Path,
    options: &PackOptions,
) -> Result<Sidecar> {
    let beside = Beside::of(out)?;
    let recording = dataset.load(ctx)?;
    let stimuli = &recording.stimuli;
    let shape = stimuli.shape();
    if shape.channels != 1 || shape.height != shape.width || stimuli.n_images() == 0 {
        return Err(Error::Data {
            what: format!("packing '{}'", recording.name),
            expected: "square grey images".into(),
            got: format!("{} of {shape}", stimuli.n_images()),
            remedy: "pack another dataset".into(),
        });
    }
    let names = (stimuli.names.as_ref()).filter(|_| stimuli.picture_of.is_some());
    names.map_or(Ok(()), |names| Sidecar::check_names(names))?;
    let hash = source_hash(ctx, dataset, stimuli, options, false)?;
    if out.exists() {
        return finished(out, &beside, &hash);
    }
    let key = source_hash(ctx, dataset, stimuli, options, true)?;
    let mut writer = Writer::open(&beside, stimuli, &key)?;
    writer.write(ctx, stimuli, options)?;
    let labels_hash = match &stimuli.labels {
        Some(labels) => write_labels(&beside.labels, &labels.of)?,
        None => String::new(),
    };
    let sidecar = Sidecar {
        format: FORMAT,
        name: recording.name.clone(),
        source: options.source.clone(),
        source_hash: hash,
        n_images: stimuli.n_images(),
        size: shape.height,
        contrast: options.contrast,
        pixels_hash: writer.hasher.finalize().to_hex().to_string(),
        classes: stimuli
            .labels
            .as_ref()
            .map_or_else(Vec::new, |labels| labels.names.clone()),
        labels_hash,
        test: stimuli.indices(Split::Test),
        names: names.cloned().unwrap_or_default(),
        picture_of: stimuli.picture_of.clone().unwrap_or_default(),
        field_of_view_deg: stimuli.field_of_view_deg,
        notes: recording.notes.clone(),
    };
    sidecar.write(&beside.sidecar)?;
    // The pixels get their name last: whoever finds them finds everything else beside them.
    writer
        .file
        .sync_all()
        .map_err(Error::io("writing", &beside.partial))?;
    fs::rename(&beside.partial, out).map_err(Error::io("renaming to", out))?;
    fs::remove_file(&beside.progress).map_err(Error::io("removing", &beside.progress))?;
    Ok(sidecar)
}

/// The sidecar of a packing that is there already.
fn finished(out: &Path, beside: &Beside, hash: &str) -> Result<Sidecar> {
    let same = Sidecar::read(&beside.sidecar)
        .ok()
        .filter(|sidecar| sidecar.source_hash == hash);
    if same.is_some() && beside.progress.exists() {
        fs::remove_file(&beside.progress).map_err(Error::io("removing", &beside.progress))?;
    }
    same.ok_or_else(|| {
        let expected = "a packing of the same source, or no file";
        let remedy = "remove it, or choose another name";
        file_error(out, "", expected, "another file", remedy)
    })
}

fn write_labels(path: &Path, of: &[u32]) -> Result<String> {
    let words: Vec<u8> = of.iter().flat_map(|class| class.to_le_bytes()).collect();
    let mut bytes = npy_header("<u4", &[of.len()]);
    bytes.extend(&words);
    replace(path, &bytes)?;
    Ok(blake3::hash(&words).to_hex().to_string())
}

/// The file being written, and what is known about it.
struct Writer<'a> {
    file: File,
    hasher: Hasher,
    n_done: usize,
    beside: &'a Beside,
    key: &'a str,
}

impl<'a> Writer<'a> {
    /// Begins a file, or goes on with one of the same source.
    fn open(beside: &'a Beside, stimuli: &Stimuli, key: &'a str) -> Result<Self> {
        let path = &beside.partial;
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(Error::io("creating", path))?;
        // A file system without locks is no reason to stop.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            let (expected, got) = ("one packing at a time", "another that is writing it");
            let remedy = "wait for it, or choose another name";
            return Err(file_error(path, "", expected, got, remedy));
        }
        let (n, shape) = (stimuli.n_images(), stimuli.shape());
        let header = npy_header("|u1", &[n, shape.height, shape.width]);
        let mut writer = Self {
            file,
            hasher: Hasher::new(),
            n_done: recorded(&beside.progress, key).unwrap_or(0).min(n),
            beside,
            key,
        };
        if !writer
            .go_on(&header, shape.n_pixels())
            .map_err(Error::io("reading", path))?
        {
            writer.n_done = 0;
            writer.hasher = Hasher::new();
            writer.begin(&header).map_err(Error::io("writing", path))?;
        }
        Ok(writer)
    }

    /// Reads what is there; whether it is all that was recorded. What lies beyond is cut off.
    fn go_on(&mut self, header: &[u8], n_pixels: usize) -> std::io::Result<bool> {
        let n_bytes = (self.n_done * n_pixels) as u64;
        let end = header.len() as u64 + n_bytes;
        if self.n_done == 0 || self.file.metadata()?.len() < end {
            return Ok(false);
        }
        let mut found = vec![0; header.len()];
        self.file.read_exact(&mut found)?;
        if found != header {
            return Ok(false);
        }
        self.hasher.update_reader((&self.file).take(n_bytes))?;
        self.file.set_len(end)?;
        self.file.seek(SeekFrom::Start(end))?;
        Ok(true)
    }

    fn begin(&mut self, header: &[u8]) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(header)
    }

    fn write(&mut self, ctx: &Context, stimuli: &Stimuli, options: &PackOptions) -> Result<()> {
        let n = stimuli.n_images();
        let chunk = options.chunk.max(1);
        // Enough tasks that none waits for the slowest picture, few enough that memory stays small.
        let window = chunk * 4 * rayon::current_num_threads();
        let mut recorded = self.n_done;
        while self.n_done < n {
            ctx.check_cancelled().inspect_err(|_| self.keep())?;
            let idx: Vec<usize> = (self.n_done..n.min(self.n_done + window)).collect();
            let bytes = idx
                .par_chunks(chunk)
                .map(|idx| bytes(stimuli, idx, options.contrast));
            let bytes: Vec<Vec<u8>> =
                all_done(bytes.collect()).inspect_err(|_: &Error| self.keep())?;
            for bytes in bytes {
                let path = &self.beside.partial;
                self.file
                    .write_all(&bytes)
                    .map_err(Error::io("writing", path))?;
                self.hasher.update(&bytes);
            }
            self.n_done += idx.len();
            if self.n_done - recorded >= RECORDED || self.n_done == n {
                self.record()?;
                recorded = self.n_done;
            }
            ctx.progress(self.n_done, n, "images", "");
        }
        Ok(())
    }

    /// Records progress on the way out, where another error is already on its way.
    fn keep(&self) {
        if let Err(error) = self.record() {
            tracing::warn!("progress of the packing is lost: {error}");
        }
    }

    /// Writes down how many images are safely on disk.
    fn record(&self) -> Result<()> {
        let partial = &self.beside.partial;
        self.file
            .sync_data()
            .map_err(Error::io("writing", partial))?;
        let text = format!("{}\n{}\n", self.key, self.n_done);
        replace(&self.beside.progress, text.as_bytes())
    }
}

/// How many images of this packing are on disk; `None` if it has not begun.
fn recorded(progress: &Path, key: &str) -> Option<usize> {
    let text = fs::read_to_string(progress).ok()?;
    let mut lines = text.lines();
    (lines.next()? == key).then(|| lines.next()?.parse().ok())?
}

/// Some images as bytes.
fn bytes(stimuli: &Stimuli, image_idx: &[usize], contrast: Contrast) -> Result<Vec<u8>> {
    let mut pixels = stimuli.images.read(image_idx)?;
    for image in pixels.chunks_mut(stimuli.shape().n_pixels()) {
        contrast.apply(image);
    }
    let byte = |pixel: &f32| ((pixel + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8;
    Ok(pixels.iter().map(byte).collect())
}
