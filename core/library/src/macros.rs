//! The macro that exports plugins from a shared library.

/// Exports plugins from a shared library, for programs that load it while they run.
///
/// It stands once in a thin crate of its own with `crate-type = ["cdylib"]`; the plugins are written in an rlib beside it,
/// like any other, so that they can be built in as well. Kinds are `dataset`, `aligner`, `generator`, `feature_net`,
/// `loss` and `decoder`. What [`register!`](lab_core::register) says of a plugin (summary, equation, source) is what the
/// library says of it.
///
/// ```ignore
/// lab_library::export_plugin! {
///     generator "my_gan" => my_gan::MyGan, my_gan::MyGanParams;
///     loss "my_loss" => my_gan::MyLoss, my_gan::MyLossParams;
/// }
/// ```
#[macro_export]
macro_rules! export_plugin {
    ($($kind:ident $name:literal => $plugin:ty, $params:ty);+ $(;)?) => {
        #[cfg(panic = "abort")]
        compile_error!(
            "a plugin library needs panic = \"unwind\": a panic must become an error of the program that loaded it"
        );

        const _: () = {
            use $crate::{abi, guest};

            static EXPORTS: &[guest::Export] = &[$({
                struct Exported;
                impl guest::Exported for Exported {
                    fn plugin() -> &'static $crate::lab_core::registry::Plugin {
                        static PLUGIN: $crate::lab_core::registry::Plugin =
                            $crate::export_of!($kind $name => $plugin, $params);
                        &PLUGIN
                    }
                }
                guest::Export::of::<Exported>()
            }),+];

            /// The one symbol of a plugin library.
            #[unsafe(no_mangle)]
            extern "C" fn lab_plugin_entry(host_abi: u32) -> *const abi::Manifest {
                guest::manifest(
                    EXPORTS,
                    host_abi,
                    concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
                )
            }
        };
    };
}

/// One exported entry, by the name of its kind in the C interface.
#[doc(hidden)]
#[macro_export]
macro_rules! export_of {
    (dataset $($rest:tt)*) => { $crate::lab_core::plugin_of!(Dataset $($rest)*; "", "", "", "") };
    (aligner $($rest:tt)*) => { $crate::lab_core::plugin_of!(Aligner $($rest)*; "", "", "", "") };
    (generator $($rest:tt)*) => { $crate::lab_core::plugin_of!(Generator $($rest)*; "", "", "", "") };
    (feature_net $($rest:tt)*) => { $crate::lab_core::plugin_of!(FeatureNet $($rest)*; "", "", "", "") };
    (loss $($rest:tt)*) => { $crate::lab_core::plugin_of!(LossTerm $($rest)*; "", "", "", "") };
    (decoder $($rest:tt)*) => { $crate::lab_core::plugin_of!(Decoder $($rest)*; "", "", "", "") };
}
