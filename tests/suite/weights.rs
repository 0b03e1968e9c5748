//! Networks that others trained: an experiment runs on their files, and on their content alone.

use std::fs;

use crate::lab_test::{LabTest, root};

const EXPERIMENT: &str = r#"(
    name: "given",
    seed: 3,
    dataset: simulated(stimuli: letters(n_train: 48, n_test: 12, size: 16), voxels: [60, 50]),
    align: [hyperalignment(), mean_subjects(), pca(variance: 0.8)],
    generator: layers_generator(
        latent: 8,
        weights: "generator",
        layers: [
            Reshape(channels: 8, height: 1, width: 1),
            ConvTranspose2d(out: 12, kernel: 4, bias: false), BatchNorm(), Relu,
            ConvTranspose2d(out: 6, kernel: 4, stride: 2, padding: 1, bias: false), BatchNorm(), LeakyRelu(slope: 0.2),
            ConvTranspose2d(out: 3, kernel: 3, stride: 2, padding: 1, output_padding: 1), Tanh,
        ],
    ),
    features: layers_features(
        image: (channels: 3, height: 16, width: 16),
        mean: [0.485, 0.456, 0.406],
        sd: [0.229, 0.224, 0.225],
        weights: "features",
        keys: [("state_dict.classifier.{*}", "")],
        layers: [
            Conv2d(out: 6, kernel: 5, padding: 2), Relu, LocalResponseNorm(alpha: 0.01), MaxPool(kernel: 3, stride: 2),
            Conv2d(out: 8, kernel: 3, padding: 1, groups: 2, bias: false), BatchNorm(),
        ],
    ),
    losses: [(10.0, pixel()), (1.0, feature_presence(layers: ["conv1", "conv2"], negative: ["conv1"]))],
    decoder: linear(epochs: 2),
    ensemble: (members: 1, per_pass: 1),
    evaluate: [Identification],
)"#;

fn fixture(name: &str) -> Vec<u8> {
    fs::read(root().join("tests/reference/weights").join(name)).unwrap()
}

/// An experiment on two files of weights, `generator` and `features`.
pub(crate) fn given() -> LabTest {
    let lab = LabTest::new();
    lab.write("given.ron", EXPERIMENT)
        .write("generator", fixture("dcgan.pth"))
        .write("features", fixture("alexnet.pth"));
    lab
}

/// The generator's weights as the run keeps them.
fn weights_of_a_run(lab: &LabTest) -> Vec<u8> {
    let ended = lab.lab(&["run", "given.ron"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let report = lab.path(ended.stdout.trim_end());
    fs::read(
        report
            .parent()
            .unwrap()
            .join("weights/generator.safetensors"),
    )
    .unwrap()
}

#[test]
fn an_experiment_runs_on_given_weights_and_counts_them_by_content() {
    let lab = given();
    let first = weights_of_a_run(&lab);
    // Other weights under the same name: the last kernel is silenced.
    let mut other = fixture("dcgan.safetensors");
    let n = other.len();
    other[n - 4 * 6 * 3 * 3 * 3..].fill(0);
    lab.write("generator", &other);
    let second = weights_of_a_run(&lab);
    assert!(first != second, "a stage of other weights was reused");
    // The same weights in another container.
    lab.write("generator", fixture("dcgan.safetensors"));
    assert!(weights_of_a_run(&lab) == first);
}

#[test]
fn missing_weights_are_told_before_anything_starts() {
    let lab = given();
    fs::remove_file(lab.path("features")).unwrap();
    let words = ["given.ron:", "features: there is no file 'features'"];
    lab.complains(&["check", "given.ron"], &words);
    lab.complains(&["run", "given.ron"], &words);
    let toy = lab.lab(&["run", "given.ron", "--smoke"]);
    assert_eq!(toy.code, 0, "{}", toy.stderr);
    let said =
        "there is no file 'features'; this smoke run uses weights drawn at random in its place";
    assert!(toy.stderr.contains(said), "{}", toy.stderr);
}

#[test]
fn a_payload_is_refused_and_nothing_runs() {
    let lab = given();
    lab.write("generator", fixture("payload.pth"));
    lab.complains(
        &["run", "given.ron"],
        &["'posix.system'", "nothing was run", "state_dict"],
    );
    assert!(!lab.path("ran.txt").exists());
}

#[test]
fn layers_that_the_file_does_not_have_are_listed() {
    let lab = given();
    lab.write(
        "given.ron",
        EXPERIMENT.replace("keys: [(\"state_dict.classifier.{*}\", \"\")],", ""),
    );
    lab.complains(
        &["run", "given.ron"],
        &[
            "0 missing and 4 left over",
            "state_dict.classifier.1.weight [10, 128]",
        ],
    );
}

#[test]
fn the_papers_networks_take_weights_too() {
    let lab = LabTest::new();
    let quickstart = fs::read_to_string(root().join("experiments/quickstart.ron")).unwrap();
    let given = quickstart.replacen(
        "generator: dcgan(",
        "generator: dcgan(weights: \"none.safetensors\",",
        1,
    );
    lab.write("given.ron", given);
    lab.complains(
        &["check", "given.ron"],
        &["generator: there is no file 'none.safetensors'"],
    );
    // A smoke run trains a small one in their place.
    let ended = lab.lab(&["check", "given.ron", "--smoke"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}
