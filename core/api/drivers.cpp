// The calls that tell which drivers are loaded and what they can do.
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"

namespace haas::api {

void list_extensions(const Services& services, Call call) {
    JsonWriter json;
    json.begin_array();
    for (const std::string& name : services.options.active_extensions) json.string(name);
    json.end_array();
    call.respond(ok(json.take()));
}

void list_drivers(const Services& services, Call call) {
    JsonWriter json;
    json.begin_array();
    for (const driver::Driver* driver : services.registry.drivers()) {
        const driver::Description& description = driver->description();
        json.begin_object();
        json.key("extension").string(driver->extension());
        json.key("type").string(description.type_uri);
        json.key("name").string(description.name);
        json.key("version").string(description.version);
        json.key("capabilities").begin_array();
        for (const std::string& id : description.capabilities) json.string(id);
        json.end_array();
        json.key("boot_devices").begin_array();
        for (const std::string& device : description.boot_devices) json.string(device);
        json.end_array();
        json.key("schema").raw(description.schema);
        json.end_object();
    }
    json.end_array();
    call.respond(ok(json.take()));
}

}  // namespace haas::api
