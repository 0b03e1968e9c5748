//! The independent classifier: which network names classes, and which class of the data it names for each image.

use candle_core::Tensor;
use lab_core::dims::ValueRange;
use lab_core::recording::Labels;
use lab_core::traits::FittedFeatureNet;
use lab_core::{Result, listed};
use lab_score::Named;

/// Images shown to a classifier at a time.
const CHUNK: usize = 128;

/// Classes that a reason names before it counts the rest.
const N_NAMED: usize = 3;

/// A network that knows every class of the data, and is asked for these alone.
pub(crate) struct Classifier<'a> {
    pub(crate) name: String,
    net: &'a dyn FittedFeatureNet,
    known: Vec<Known>,
}

/// A class of the data that a network knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    /// Place of the class among the network's classes, counted from 0.
    column: u32,
    /// Index of the class among the classes of the data.
    class: u32,
}

impl<'a> Classifier<'a> {
    /// The network as a classifier of the data, or why it cannot be one.
    pub(crate) fn of(
        name: &str,
        net: &'a dyn FittedFeatureNet,
        labels: &Labels,
    ) -> std::result::Result<Self, String> {
        let known = known(net.classes(), labels).map_err(|missing| lacks(name, &missing))?;
        Ok(Self {
            name: name.into(),
            net,
            known,
        })
    }

    /// The class of the data named for each image: the likeliest of these, whatever else the network knows.
    pub(crate) fn named(&self, images: &Tensor) -> Result<Vec<Named>> {
        let n_images = images.dim(0)?;
        let mut named = Vec::with_capacity(n_images);
        for start in (0..n_images).step_by(CHUNK) {
            let chunk = images.narrow(0, start, CHUNK.min(n_images - start))?;
            let chunk = ValueRange::SIGNED.map_to(self.net.value_range(), &chunk)?;
            if let Some(scores) = self.net.classify(&chunk)? {
                named.extend(likeliest(&scores, &self.known)?);
            }
        }
        Ok(named)
    }
}

/// Where each class of the data that has an image stands among a network's; the names of those that it lacks otherwise.
fn known(classes: &[String], labels: &Labels) -> std::result::Result<Vec<Known>, Vec<String>> {
    let (mut known, mut missing) = (Vec::new(), Vec::new());
    for (class, name) in labels.names.iter().enumerate() {
        let class = class as u32;
        if !labels.of.contains(&class) {
            continue;
        }
        match classes.iter().position(|of_net| of_net == name) {
            Some(column) => known.push(Known {
                column: column as u32,
                class,
            }),
            None => missing.push(format!("'{name}'")),
        }
    }
    if missing.is_empty() && !known.is_empty() {
        Ok(known)
    } else {
        Err(missing)
    }
}

/// The known class with the largest score of each row of `scores`, `[n_images, classes of the network]`.
fn likeliest(scores: &Tensor, known: &[Known]) -> Result<Vec<Named>> {
    let columns: Vec<u32> = known.iter().map(|known| known.column).collect();
    let columns = Tensor::new(columns, scores.device())?;
    let best = scores.index_select(&columns, 1)?.argmax(1)?;
    let best = best.to_vec1::<u32>()?.into_iter();
    Ok(best
        .map(|place| known.get(place as usize).map(|known| known.class))
        .collect())
}

/// That a network lacks classes of the data.
fn lacks(name: &str, missing: &[String]) -> String {
    format!(
        "the observer {name} names classes, but not {} of the data's: {}",
        missing.len(),
        listed(missing, N_NAMED)
    )
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};
    use lab_core::recording::Labels;

    use super::{Known, known, lacks, likeliest};

    fn labels(names: &[&str], of: &[u32]) -> Labels {
        Labels {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            of: of.to_vec(),
        }
    }

    #[test]
    fn the_likeliest_class_of_the_data_is_named_whatever_else_the_network_knows() {
        let classes = ["A", "B", "C", "D"].map(String::from);
        // The data list C before A, and no image is a Z.
        let known = known(&classes, &labels(&["C", "Z", "A"], &[0, 2, 2])).unwrap();
        let expected = [(2, 0), (0, 2)].map(|(column, class)| Known { column, class });
        assert_eq!(known, expected);
        #[rustfmt::skip]
        let scores = [
            // B and D are likelier, and not asked for.
            0.1_f32, 5.0, 0.2, 3.0,
            0.9, 5.0, 0.2, -3.0,
        ];
        let scores = Tensor::from_slice(&scores, (2, 4), &Device::Cpu).unwrap();
        assert_eq!(likeliest(&scores, &known).unwrap(), [Some(0), Some(2)]);
    }

    #[test]
    fn classes_that_the_network_lacks_are_named() {
        let classes = ["A", "B"].map(String::from);
        let missing = known(&classes, &labels(&["A", "x", "y"], &[0, 1, 2])).unwrap_err();
        assert_eq!(missing, ["'x'", "'y'"]);
        let said = lacks("convnet", &missing);
        assert_eq!(
            said,
            "the observer convnet names classes, but not 2 of the data's: 'x', 'y'"
        );
        let many: Vec<String> = (0..200).map(|class| class.to_string()).collect();
        assert!(lacks("convnet", &many).ends_with("not 200 of the data's: 0, 1, 2 and 197 more"));
    }
}
