//! Another dataset's training images under small distortions: many corpus images from few.
//!
//! `A` rotates, scales and shears; `t` shifts; `e` interpolates random displacements at a grid of 5 × 5 places.
//! Images are sampled bilinearly; beyond its edge an image goes on as at the edge.
//! Test images are left out, so that a corpus made from an experiment's stimuli holds none of them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use lab_core::config::{Declared, Range, check_params};
use lab_core::demand::Demand;
use lab_core::prelude::*;
use lab_core::recording::{BlankImages, CutImages, ImageSource, Labels, MemoryImages, Split};
use lab_core::rng::Stream;
use lab_core::traits::Dataset;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Places along a side at which the elastic displacement is drawn.
const N_KNOTS: usize = 5;

/// Parameters of `jittered`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JitteredParams {
    /// The dataset of the training images.
    pub of: PluginRef<dyn Dataset>,
    /// Copies of each image; the first is the image itself.
    pub copies: usize,
    /// Largest rotation, in degrees.
    pub rotation_deg: f64,
    /// Largest change of width and height, as a share.
    pub scale: f64,
    /// Largest shear: columns that a row moves for each row down.
    pub shear: f64,
    /// Largest shift, as a share of the side.
    pub shift: f64,
    /// Standard deviation of the elastic displacement, as a share of the side.
    pub elastic: f64,
}

impl Default for JitteredParams {
    /// Ten copies, distorted as little as handwriting varies.
    fn default() -> Self {
        Self {
            of: PluginRef::of("training_stimuli()"),
            copies: 10,
            rotation_deg: 8.0,
            scale: 0.1,
            shear: 0.1,
            shift: 0.04,
            elastic: 0.015,
        }
    }
}

impl PluginParams for JitteredParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("jittered.rs")],
        &[
            ("copies", Range::ONE_OR_MORE),
            ("rotation_deg", Range::from_to(0.0, 180.0, "degrees from 0 to 180")),
            ("scale", Range::from_to(0.0, 0.5, "a share from 0 to 0.5")),
            ("shear", Range::from_to(0.0, 0.5, "a share from 0 to 0.5")),
            ("shift", Range::from_to(0.0, 0.5, "a share from 0 to 0.5")),
            ("elastic", Range::from_to(0.0, 0.5, "a share from 0 to 0.5")),
        ],
    );

    fn smoke(&mut self) {
        self.copies = self.copies.min(2);
    }
}

/// The dataset, with its parameters checked.
pub struct Jittered {
    params: JitteredParams,
    of: Box<dyn Dataset>,
}

impl Jittered {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Data`] for no copies or a share outside `[0, 0.5]`, or as the other dataset's own `build`.
    pub fn build(params: JitteredParams, ctx: &Context) -> Result<Self> {
        check_params("jittered", &params).map_err(|outside| {
            outside.with_remedy("lab plugins explain jittered lists all parameters")
        })?;
        let of = params.of.build(ctx)?;
        Ok(Self { params, of })
    }
}

impl Dataset for Jittered {
    fn demand(&self) -> Demand {
        let copies = self.params.copies as f64;
        let places = Demand {
            // A copy takes a place in lists even where the other dataset cannot say how large its images are.
            bytes: 8.0 * copies * self.of.n_images().unwrap_or(1.0),
            steps: 0.0,
            lower: "copies",
        };
        places.and(self.of.demand().times(copies))
    }

    fn n_images(&self) -> Option<f64> {
        Some(self.of.n_images()? * self.params.copies as f64)
    }

    fn files(&self) -> Vec<PathBuf> {
        self.of.files()
    }

    fn reads_headers(&self) -> bool {
        self.of.reads_headers()
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let recording = self.of.load(&ctx.child("of"))?;
        let stimuli = recording
            .stimuli
            .select(&recording.stimuli.indices(Split::Train))?;
        let (shape, n_images) = (stimuli.shape(), stimuli.n_images());
        let read = if ctx.headers_only() { 0 } else { n_images };
        let pixels = stimuli.images.read(&(0..read).collect::<Vec<_>>())?;
        let copy = |place: usize| {
            let (image_idx, copy) = (place / self.params.copies, place % self.params.copies);
            let image = &pixels[image_idx * shape.n_pixels()..][..shape.n_pixels()];
            if copy == 0 {
                return image.to_vec();
            }
            Distortion::draw(
                &self.params,
                &mut ctx.rng(&format!("image {image_idx}, copy {copy}")),
            )
            .apply(image, shape)
        };
        let n_copies = n_images * self.params.copies;
        let drawn = read * self.params.copies;
        let copies: Vec<Vec<f32>> = (0..drawn).into_par_iter().map(copy).collect();
        let images: Arc<dyn ImageSource> = if ctx.headers_only() {
            let n_images = n_copies;
            Arc::new(BlankImages { n_images, shape })
        } else {
            Arc::new(MemoryImages::new(shape, copies.concat())?)
        };
        let pictures = stimuli.picture_of.as_deref().unwrap_or_default();
        let pictures: BTreeSet<u32> = pictures.iter().copied().collect();
        let wholes = recording.stimuli.images.wholes().into_iter();
        let wholes = wholes.filter(|whole| pictures.contains(&whole.number));
        let images = Arc::new(CutImages {
            images,
            wholes: wholes.cloned().collect(),
        });
        let repeated = |of: &[u32]| -> Vec<u32> {
            of.iter()
                .flat_map(|&one| std::iter::repeat_n(one, self.params.copies))
                .collect()
        };
        Ok(Recording::corpus(
            format!("{} ({} copies)", recording.name, self.params.copies),
            Stimuli {
                images,
                split: vec![Split::Train; n_copies],
                names: None,
                labels: stimuli.labels.map(|labels| Labels {
                    of: repeated(&labels.of),
                    names: labels.names,
                }),
                picture_of: stimuli.picture_of.as_deref().map(repeated),
                field_of_view_deg: stimuli.field_of_view_deg,
            },
        ))
    }
}

/// Where each pixel of a copy comes from.
struct Distortion {
    matrix: [[f64; 2]; 2],
    shift: [f64; 2],
    knots: [[f64; N_KNOTS * N_KNOTS]; 2],
}

impl Distortion {
    fn draw(params: &JitteredParams, rng: &mut Stream) -> Self {
        let within = |limit: f64, rng: &mut Stream| limit * rng.random_range(-1.0..=1.0);
        let (sin, cos) = within(params.rotation_deg, rng).to_radians().sin_cos();
        let [width, height] = [
            1.0 + within(params.scale, rng),
            1.0 + within(params.scale, rng),
        ];
        let shear = within(params.shear, rng);
        let displacement =
            |rng: &mut Stream| params.elastic * Distribution::<f64>::sample(&StandardNormal, rng);
        Self {
            matrix: [
                [cos * width, cos * shear - sin * height],
                [sin * width, sin * shear + cos * height],
            ],
            shift: [within(params.shift, rng), within(params.shift, rng)],
            knots: std::array::from_fn(|_| std::array::from_fn(|_| displacement(rng))),
        }
    }

    fn apply(&self, image: &[f32], shape: ImageShape) -> Vec<f32> {
        let (height, width) = (shape.height, shape.width);
        let mut copy = Vec::with_capacity(image.len());
        for channel in image.chunks(height * width) {
            for row in 0..height {
                for column in 0..width {
                    let place = [
                        (column as f64 + 0.5) / width as f64,
                        (row as f64 + 0.5) / height as f64,
                    ];
                    let [x, y] = self.source(place);
                    copy.push(bilinear(
                        channel,
                        height,
                        width,
                        x * width as f64 - 0.5,
                        y * height as f64 - 0.5,
                    ));
                }
            }
        }
        copy
    }

    fn source(&self, place: [f64; 2]) -> [f64; 2] {
        let from = place.map(|coordinate| coordinate - 0.5);
        std::array::from_fn(|axis| {
            let turned = self.matrix[axis][0] * from[0] + self.matrix[axis][1] * from[1];
            0.5 + turned + self.shift[axis] + displacement(&self.knots[axis], place)
        })
    }
}

/// The elastic displacement at a place, smooth between the knots.
fn displacement(knots: &[f64; N_KNOTS * N_KNOTS], place: [f64; 2]) -> f64 {
    let last = (N_KNOTS - 1) as f64;
    let cell = place.map(|coordinate| (coordinate * last).floor().clamp(0.0, last - 1.0));
    let [x, y] = std::array::from_fn(|axis| {
        let t = (place[axis] * last - cell[axis]).clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    });
    let knot =
        |dx: usize, dy: usize| knots[(cell[1] as usize + dy) * N_KNOTS + cell[0] as usize + dx];
    let upper = knot(0, 0) * (1.0 - x) + knot(1, 0) * x;
    let lower = knot(0, 1) * (1.0 - x) + knot(1, 1) * x;
    upper * (1.0 - y) + lower * y
}

fn bilinear(channel: &[f32], height: usize, width: usize, x: f64, y: f64) -> f32 {
    let (x, y) = (
        x.clamp(0.0, (width - 1) as f64),
        y.clamp(0.0, (height - 1) as f64),
    );
    let (left, top) = (x.floor() as usize, y.floor() as usize);
    let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
    let (dx, dy) = ((x - left as f64) as f32, (y - top as f64) as f32);
    let pixel = |row: usize, column: usize| channel[row * width + column];
    let upper = pixel(top, left) * (1.0 - dx) + pixel(top, right) * dx;
    let lower = pixel(bottom, left) * (1.0 - dx) + pixel(bottom, right) * dx;
    upper * (1.0 - dy) + lower * dy
}

lab_core::register! {
    Dataset "jittered" => Jittered, JitteredParams;
    summary: "Another dataset's training images, rotated, scaled, sheared, shifted and bent a little: a corpus from few images",
    equation: "copy(u) = image(c + A·(u − c) + t + e(u))",
    source: "Simard et al. (2003), doi:10.1109/ICDAR.2003.1227801, with a coarse grid of displacements",
    parity: "properties",
}
