//! Layers with every size known, before any weight is read.

use std::collections::BTreeMap;

use crate::error::DescribedError;
use crate::layer::Layer;
use crate::shape::Shape;
use crate::sizes::{MOST_NUMBERS, Mismatch, step};
use crate::steps::{Conv, Step};

/// Layers of a network, repeated ones counted each time.
const MOST_LAYERS: usize = 10_000;

/// A network with every size known.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Shape of the result of the last layer.
    pub(crate) out: Shape,
    /// Layers with activations to ask for, from input to output.
    pub(crate) taps: Vec<String>,
}

impl Plan {
    /// Follows the sizes through `layers`.
    pub(crate) fn new(
        plugin: &'static str,
        layers: &[Layer],
        input: Shape,
    ) -> Result<Self, DescribedError> {
        if layers.is_empty() {
            return Err(DescribedError::Parameter {
                plugin,
                name: "layers",
                expected: "at least one layer, such as layers: [Linear(out: 10)]".into(),
                got: "none".into(),
            });
        }
        // Everything behind stays within sizes that can be multiplied.
        if input.n_numbers().is_none_or(|n| n > MOST_NUMBERS) {
            return Err(DescribedError::Parameter {
                plugin,
                name: "layers",
                expected: format!("at most {MOST_NUMBERS} numbers to begin with"),
                got: input.to_string(),
            });
        }
        let mut planner = Planner {
            plugin,
            counts: BTreeMap::new(),
            names: Vec::new(),
            taps: Vec::new(),
            n_layers: 0,
        };
        let (steps, out) = planner.follow(layers, input, "")?;
        Ok(Self {
            steps,
            out,
            taps: planner.taps,
        })
    }
}

struct Planner {
    plugin: &'static str,
    counts: BTreeMap<&'static str, usize>,
    names: Vec<String>,
    taps: Vec<String>,
    n_layers: usize,
}

impl Planner {
    fn follow(
        &mut self,
        layers: &[Layer],
        input: Shape,
        outer: &str,
    ) -> Result<(Vec<Step>, Shape), DescribedError> {
        let (mut steps, mut shape) = (Vec::new(), input);
        // Activations are taken behind a batch norm that follows directly: before the non-linearity.
        let mut waiting: Option<String> = None;
        for (idx, layer) in layers.iter().enumerate() {
            self.n_layers += 1;
            let place = format!("{outer}{}", idx + 1);
            if !matches!(layer, Layer::BatchNorm { .. }) {
                self.tap(&mut waiting, &mut steps);
            }
            let plugin = self.plugin;
            let wrong = |(expected, got): Mismatch| DescribedError::Layer {
                plugin,
                place: place.clone(),
                layer: layer.kind().into(),
                expected,
                got,
            };
            if let Layer::Repeat { times, layers } = layer {
                let (more, out) = self.repeat(*times, layers, shape, &place)?;
                steps.extend(more);
                shape = out;
                continue;
            }
            let (step, next) = if let Layer::Residual { layers, shortcut } = layer {
                let inner = format!("{place}.");
                let (one, out) = self.follow(layers, shape, &inner)?;
                let (other, beside) = self.follow(shortcut, shape, &inner)?;
                if out != beside {
                    let got = format!("{out} and {beside}");
                    return Err(wrong(("two ways that end alike".into(), got)));
                }
                (Step::Residual(one, other), out)
            } else {
                let name = self.name(layer).map_err(wrong)?;
                step(layer, name, shape).map_err(wrong)?
            };
            if let Step::Linear { name, .. } | Step::Conv(Conv { name, .. }) = &step {
                waiting = Some(name.clone());
            }
            steps.push(step);
            self.tap_behind_norm(layer, &mut waiting, &mut steps);
            shape = next;
        }
        self.tap(&mut waiting, &mut steps);
        Ok((steps, shape))
    }

    /// The same layers several times in a row.
    fn repeat(
        &mut self,
        times: usize,
        layers: &[Layer],
        input: Shape,
        place: &str,
    ) -> Result<(Vec<Step>, Shape), DescribedError> {
        let (mut steps, mut shape) = (Vec::new(), input);
        let inner = format!("{place}.");
        for _ in 0..times {
            let (more, out) = self.follow(layers, shape, &inner)?;
            steps.extend(more);
            shape = out;
            self.check_depth(place)?;
        }
        Ok((steps, shape))
    }

    /// Refuses networks that no file holds, before their plan fills the memory.
    fn check_depth(&self, place: &str) -> Result<(), DescribedError> {
        if self.n_layers <= MOST_LAYERS {
            return Ok(());
        }
        Err(DescribedError::Layer {
            plugin: self.plugin,
            place: place.into(),
            layer: "Repeat".into(),
            expected: format!("at most {MOST_LAYERS} layers in all"),
            got: self.n_layers.to_string(),
        })
    }

    fn tap(&mut self, waiting: &mut Option<String>, steps: &mut Vec<Step>) {
        if let Some(name) = waiting.take() {
            self.taps.push(name.clone());
            steps.push(Step::Tap(name));
        }
    }

    fn tap_behind_norm(
        &mut self,
        layer: &Layer,
        waiting: &mut Option<String>,
        steps: &mut Vec<Step>,
    ) {
        if matches!(layer, Layer::BatchNorm { .. }) {
            self.tap(waiting, steps);
        }
    }

    /// The name of a layer with weights; empty for any other.
    fn name(&mut self, layer: &Layer) -> Result<String, Mismatch> {
        let (kind, own) = match layer {
            Layer::Linear { name, .. } => ("linear", name),
            Layer::Conv2d { name, .. } => ("conv", name),
            Layer::ConvTranspose2d { name, .. } => ("deconv", name),
            Layer::BatchNorm { name, .. } => ("norm", name),
            Layer::GroupNorm { name, .. } => ("group_norm", name),
            Layer::Attention { name, .. } => ("attention", name),
            _ => return Ok(String::new()),
        };
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let name = own.clone().unwrap_or_else(|| format!("{kind}{count}"));
        if name.is_empty() || name.contains('/') || self.names.contains(&name) {
            let expected = "a name of its own without '/'".to_owned();
            return Err((expected, format!("'{name}'")));
        }
        self.names.push(name.clone());
        Ok(name)
    }
}
