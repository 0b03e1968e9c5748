//! The bundle: the only crate that names every plugin crate.
//!
//! The linker drops a crate that nothing names, and its plugins with it, and gives no warning.

use lab_alexnet as _;
use lab_aligners as _;
use lab_datasets as _;
use lab_dcgan as _;
use lab_decoders as _;
use lab_described as _;
use lab_losses as _;
use lab_observers as _;
use lab_r3gan as _;
use lab_simulated as _;
