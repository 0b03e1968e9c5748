//! The shared library of `my_plugin`: what `lab` loads while it runs.

lab_library::export_plugin! {
    my_kind "my_plugin" => my_plugin::MyPlugin, my_plugin::MyPluginParams;
}
