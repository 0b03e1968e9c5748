//! The pictures of a study under fresh names, each encoded once.

use std::collections::BTreeMap;

use lab_core::rng::{Stream, stream};
use rand::RngCore;

use crate::pictures::{least_padded, padded, png};
use crate::source::Pictures;
use crate::{Error, Result};

/// All pictures of the study: each file's name, and which encoded picture it holds.
pub(super) struct Album {
    fresh: Stream,
    files: BTreeMap<String, usize>,
    encoded: Vec<Vec<u8>>,
    known: BTreeMap<[u8; 32], usize>,
    padding: Stream,
}

impl Album {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            fresh: stream(seed, "study/names"),
            files: BTreeMap::new(),
            encoded: Vec::new(),
            known: BTreeMap::new(),
            padding: stream(seed, "study/padding"),
        }
    }

    /// Adds a picture under a fresh name.
    pub(super) fn add(&mut self, pictures: &Pictures, image_idx: usize) -> Result<String> {
        let refused = || Error::Setting {
            what: "pictures",
            expected: "pictures that PNG can hold".into(),
            got: format!("{} × {} pixels", pictures.height, pictures.width),
            remedy: "hand over smaller pictures",
        };
        let values = pictures.picture(image_idx);
        let size = [pictures.n_channels, pictures.height, pictures.width].map(|size| size as u32);
        let mut hasher = blake3::Hasher::new();
        size.iter().for_each(|size| {
            hasher.update(&size.to_le_bytes());
        });
        let hash = *hasher.update(values).finalize().as_bytes();
        let place = if let Some(place) = self.known.get(&hash) {
            *place
        } else {
            let png = png(pictures, values).ok_or_else(refused)?;
            self.encoded.push(png);
            self.known.insert(hash, self.encoded.len() - 1);
            self.encoded.len() - 1
        };
        loop {
            let name = format!("{:016x}", self.fresh.next_u64());
            if !self.files.contains_key(&name) {
                self.files.insert(name.clone(), place);
                return Ok(name);
            }
        }
    }

    /// Names of all files, in order.
    pub(super) fn names(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }

    /// The file of a name, as it is served.
    pub(super) fn file(&mut self, name: &str, n_bytes: usize) -> Vec<u8> {
        let encoded = self
            .files
            .get(name)
            .and_then(|place| self.encoded.get(*place));
        padded(
            encoded.map_or(&[], Vec::as_slice),
            n_bytes,
            &mut self.padding,
        )
    }

    /// Bytes of every file.
    pub(super) fn n_bytes(&self) -> usize {
        self.encoded
            .iter()
            .map(|bytes| least_padded(bytes.len()))
            .max()
            .unwrap_or(0)
    }
}
