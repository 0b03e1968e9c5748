//! Values and gradients against PyTorch (`tests/reference/networks/make.py`), and the contract.

use candle_core::Var;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::testing::{
    AtIdentity, check_loss_term, read_reference, relative_distance as distance,
};
use lab_core::traits::{Features, LossTerm, View};
use lab_core::weights::Weights;

use crate::{
    Binarisation, Distance, FeatureMagnitude, FeatureMagnitudeParams, FeaturePresence,
    FeaturePresenceParams, MagnitudeReduction, Mask, Pixel, PixelParams,
};

const LAYERS: [&str; 2] = ["conv1", "conv2"];

fn fixture() -> Weights {
    read_reference(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/networks/losses.safetensors"
    ))
    .unwrap()
}

fn pixel(distance: Distance, shrink: f64) -> Pixel {
    Pixel::build(PixelParams { distance, shrink }, &Context::new(0)).unwrap()
}

fn presence(binarisation: Binarisation) -> FeaturePresence {
    let params = FeaturePresenceParams {
        binarisation,
        ..FeaturePresenceParams::default()
    };
    FeaturePresence::build(params, &Context::new(0)).unwrap()
}

fn magnitude(mask: Mask, reduction: MagnitudeReduction) -> FeatureMagnitude {
    let params = FeatureMagnitudeParams {
        layers: LAYERS.map(String::from).to_vec(),
        negative: vec!["conv1".into()],
        threshold: 1.0,
        mask,
        reduction,
        detached: false,
    };
    FeatureMagnitude::build(params, &Context::new(0)).unwrap()
}

#[test]
fn pixel_terms_are_those_of_pytorch() -> Result<()> {
    let fixture = fixture();
    for (name, term) in [
        ("pixel.squared", pixel(Distance::Squared, 0.9)),
        ("pixel.absolute", pixel(Distance::Absolute, 0.9)),
    ] {
        let image = Var::from_tensor(&fixture["y"])?;
        let none = Features::new();
        let target = View {
            image: &fixture["x"],
            features: &none,
        };
        let reconstruction = View {
            image: image.as_tensor(),
            features: &none,
        };
        let value = term.evaluate(&Context::new(0), &target, &reconstruction)?;
        assert!(distance(&value, &fixture[name]) < 1e-5, "{name}");
        let gradients = value.sum_all()?.backward()?;
        let gradient = gradients.get(&image).unwrap();
        assert!(
            distance(gradient, &fixture[&format!("{name}.d.image")]) < 1e-5,
            "{name}"
        );
    }
    Ok(())
}

/// Compares a feature term's values and its gradient by each layer.
fn equals(name: &str, term: &dyn LossTerm, tolerance: f64) -> Result<()> {
    let fixture = fixture();
    let side = |side: &str| {
        LAYERS.map(|layer| {
            (
                layer.to_owned(),
                fixture[&format!("{side}.{layer}")].clone(),
            )
        })
    };
    let wanted = Features::from(side("x"));
    let got = side("y").map(|(layer, values)| (layer, Var::from_tensor(&values).unwrap()));
    let features: Features = got
        .iter()
        .map(|(layer, var)| (layer.clone(), var.as_tensor().clone()))
        .collect();
    let target = View {
        image: &fixture["x"],
        features: &wanted,
    };
    let reconstruction = View {
        image: &fixture["y"],
        features: &features,
    };
    let value = term.evaluate(&Context::new(0), &target, &reconstruction)?;
    let apart = distance(&value, &fixture[name]);
    assert!(apart < tolerance, "{name} by {apart:.1e}");
    let gradients = value.sum_all()?.backward()?;
    for (layer, var) in &got {
        let apart = distance(
            gradients.get(var).unwrap(),
            &fixture[&format!("{name}.d.{layer}")],
        );
        assert!(apart < tolerance, "{name} by {layer}: {apart:.1e}");
    }
    Ok(())
}

#[test]
fn feature_terms_are_those_of_pytorch() -> Result<()> {
    let tight = 1e-5;
    equals("presence.sigmoid", &presence(Binarisation::Sigmoid), tight)?;
    // Near certainty a logarithm of a float32 probability has few digits left: why the default works on logits.
    equals(
        "presence.hard_sigmoid",
        &presence(Binarisation::HardSigmoid),
        2e-4,
    )?;
    equals(
        "magnitude.all",
        &magnitude(Mask::Target, MagnitudeReduction::All),
        tight,
    )?;
    equals(
        "magnitude.masked",
        &magnitude(Mask::Target, MagnitudeReduction::Masked),
        tight,
    )?;
    equals(
        "magnitude.own",
        &magnitude(Mask::Own, MagnitudeReduction::Masked),
        tight,
    )
}

#[test]
fn terms_keep_the_contract() -> Result<()> {
    let image = ImageShape::grey(10);
    let layers: [(&str, &[usize]); 2] = [("conv1", &[4, 5, 5]), ("conv2", &[6, 3, 3])];
    check_loss_term(&pixel(Distance::Squared, 0.9), &[], image, AtIdentity::Zero)?;
    check_loss_term(&pixel(Distance::Squared, 1.0), &[], image, AtIdentity::Zero)?;
    check_loss_term(
        &presence(Binarisation::Sigmoid),
        &layers,
        image,
        AtIdentity::Anything,
    )?;
    check_loss_term(
        &magnitude(Mask::Target, MagnitudeReduction::All),
        &layers,
        image,
        AtIdentity::Zero,
    )?;
    check_loss_term(
        &magnitude(Mask::Target, MagnitudeReduction::Masked),
        &layers,
        image,
        AtIdentity::Zero,
    )
}

/// A straight-through decision has the value of the hard one and passes a gradient; the detached one passes none, which
/// is what the authors' code of 2017 did.
#[test]
fn only_the_detached_decision_stops_the_gradient() -> Result<()> {
    let fixture = fixture();
    let side = |side: &str| -> Features {
        LAYERS
            .map(|layer| {
                (
                    layer.to_owned(),
                    fixture[&format!("{side}.{layer}")].clone(),
                )
            })
            .into()
    };
    let (wanted, got) = (side("x"), side("y"));
    let mut values = Vec::new();
    for (binarisation, moves) in [
        (Binarisation::StraightThrough, true),
        (Binarisation::Detached, false),
    ] {
        let var = Var::from_tensor(&got["conv1"])?;
        let mut features = got.clone();
        features.insert("conv1".into(), var.as_tensor().clone());
        let target = View {
            image: &fixture["x"],
            features: &wanted,
        };
        let reconstruction = View {
            image: &fixture["y"],
            features: &features,
        };
        let value = presence(binarisation).evaluate(&Context::new(0), &target, &reconstruction)?;
        let gradients = value.sum_all()?.backward()?;
        let moved = gradients.get(&var).is_some_and(|gradient| {
            gradient
                .abs()
                .unwrap()
                .sum_all()
                .unwrap()
                .to_scalar::<f32>()
                .unwrap()
                > 0.0
        });
        assert_eq!(moved, moves, "{binarisation:?}");
        values.push(value);
    }
    assert!(distance(&values[0], &values[1]) < 1e-6);
    Ok(())
}

/// The detached magnitude has PyTorch's value and passes nothing on, and a term beside it trains on.
#[test]
fn a_detached_magnitude_has_its_value_and_no_gradient() -> Result<()> {
    let fixture = fixture();
    let side = |side: &str| -> Features {
        let of_side = |layer: &str| fixture[&format!("{side}.{layer}")].clone();
        LAYERS
            .map(|layer| (layer.to_owned(), of_side(layer)))
            .into()
    };
    let (wanted, mut got) = (side("x"), side("y"));
    let var = Var::from_tensor(&got["conv1"])?;
    got.insert("conv1".into(), var.as_tensor().clone());
    let (target, reconstruction) = (
        View {
            image: &fixture["x"],
            features: &wanted,
        },
        View {
            image: &fixture["y"],
            features: &got,
        },
    );
    for mask in [Mask::Target, Mask::Own] {
        let params = FeatureMagnitudeParams {
            detached: true,
            mask,
            ..FeatureMagnitudeParams::default()
        };
        let ctx = Context::new(0);
        let value =
            FeatureMagnitude::build(params, &ctx)?.evaluate(&ctx, &target, &reconstruction)?;
        let name = if mask == Mask::Target {
            "masked"
        } else {
            "own"
        };
        assert!(distance(&value, &fixture[&format!("magnitude.{name}")]) < 1e-5);
        // Something else that depends on the same activations.
        let beside = var.as_tensor().sum_all()?;
        let total = (value.sum_all()? + &beside)?.backward()?;
        let alone = beside.backward()?;
        let of = |gradients: &candle_core::backprop::GradStore| gradients.get(&var).cloned();
        let (total, alone) = (of(&total).unwrap(), of(&alone).unwrap());
        assert!(distance(&total, &alone) < 1e-12, "{mask:?}");
    }
    Ok(())
}

#[test]
fn shares_count_the_elements_above_the_threshold() -> Result<()> {
    let fixture = fixture();
    let features: Features = LAYERS
        .map(|layer| (layer.to_owned(), fixture[&format!("x.{layer}")].clone()))
        .into();
    let target = View {
        image: &fixture["x"],
        features: &features,
    };
    let shares = presence(Binarisation::Sigmoid).selected_share(&target)?;
    let names: Vec<&str> = shares.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["conv1 +", "conv1 −", "conv2 +"]);
    let values = fixture["x.conv1"].flatten_all()?.to_vec1::<f32>()?;
    let count = values.iter().filter(|&&value| value < -1.0).count();
    assert!((shares[1].1 - count as f64 / values.len() as f64).abs() < 1e-6);
    Ok(())
}

#[test]
fn parameters_outside_their_range_are_refused() {
    let ctx = Context::new(0);
    let shrink = Pixel::build(
        PixelParams {
            shrink: 0.0,
            ..PixelParams::default()
        },
        &ctx,
    );
    assert!(
        shrink
            .unwrap_err()
            .to_string()
            .contains("'shrink' of pixel: expected a factor above 0")
    );
    let negative = FeaturePresenceParams {
        negative: vec!["conv5".into()],
        ..FeaturePresenceParams::default()
    };
    let complaint = FeaturePresence::build(negative, &ctx)
        .unwrap_err()
        .to_string();
    assert!(
        complaint.contains("'negative' of feature_presence") && complaint.contains("conv5"),
        "{complaint}"
    );
}
