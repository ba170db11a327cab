#include "plugins/ipmi/wire/open_session.hpp"

#include "plugins/ipmi/wire/reader.hpp"
#include "plugins/ipmi/wire/writer.hpp"

namespace haas::ipmi {
namespace {

// Payload type, two reserved bytes, payload length, algorithm, three reserved bytes.
void write_algorithm(Writer& writer, std::uint8_t kind, std::uint8_t algorithm) {
    writer.u8(kind);
    writer.u16le(0);
    writer.u8(8);
    writer.u8(algorithm);
    writer.fill(3, 0);
}

std::uint8_t read_algorithm(Reader& reader, std::uint8_t kind) noexcept {
    reader.expect(kind);
    reader.u16le();
    reader.u8();  // payload length: some BMCs leave it 0 in the response, and the layout is fixed
    const std::uint8_t algorithm = reader.u8() & 0x3f;  // bits 7:6 are reserved
    reader.take(3);
    return algorithm;
}

void write_algorithms(Writer& writer, const Algorithms& algorithms) {
    write_algorithm(writer, 0, static_cast<std::uint8_t>(algorithms.authentication));
    write_algorithm(writer, 1, static_cast<std::uint8_t>(algorithms.integrity));
    write_algorithm(writer, 2, static_cast<std::uint8_t>(algorithms.confidentiality));
}

Algorithms read_algorithms(Reader& reader) noexcept {
    Algorithms algorithms;
    algorithms.authentication = static_cast<AuthenticationAlgorithm>(read_algorithm(reader, 0));
    algorithms.integrity = static_cast<IntegrityAlgorithm>(read_algorithm(reader, 1));
    algorithms.confidentiality = static_cast<ConfidentialityAlgorithm>(read_algorithm(reader, 2));
    return algorithms;
}

}  // namespace

void encode(const OpenSessionRequest& request, Bytes& out) {
    Writer writer(out);
    writer.u8(request.tag);
    writer.u8(static_cast<std::uint8_t>(request.privilege));
    writer.u16le(0);
    writer.u32le(request.console_id);
    write_algorithms(writer, request.algorithms);
}

void encode(const OpenSessionResponse& response, Bytes& out) {
    Writer writer(out);
    writer.u8(response.tag);
    writer.u8(response.status);
    writer.u8(response.privilege);
    writer.u8(0);
    writer.u32le(response.console_id);
    if (response.status != 0) return;
    writer.u32le(response.bmc_id);
    write_algorithms(writer, response.algorithms);
}

std::optional<OpenSessionRequest> decode_open_session_request(ByteView payload) noexcept {
    Reader reader(payload);
    OpenSessionRequest request;
    request.tag = reader.u8();
    request.privilege = static_cast<Privilege>(reader.u8() & 0x0f);
    reader.u16le();
    request.console_id = reader.u32le();
    request.algorithms = read_algorithms(reader);
    if (!reader.finish()) return std::nullopt;
    return request;
}

std::optional<OpenSessionResponse> decode_open_session_response(ByteView payload) noexcept {
    Reader reader(payload);
    OpenSessionResponse response;
    response.tag = reader.u8();
    response.status = reader.u8();
    if (response.status != 0 && reader.left() < 6) {
        // The specification has six bytes more in an error too; OpenIPMI's ipmi_sim leaves them out.
        if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
        return response;
    }
    response.privilege = reader.u8() & 0x0f;
    reader.u8();
    response.console_id = reader.u32le();
    if (response.status != 0) {
        if (!reader.finish_allowing_trailing_bytes()) return std::nullopt;
        return response;
    }
    response.bmc_id = reader.u32le();
    response.algorithms = read_algorithms(reader);
    if (!reader.finish()) return std::nullopt;
    return response;
}

}  // namespace haas::ipmi
