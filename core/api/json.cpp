#include "core/api/json.hpp"

#include <charconv>
#include <cmath>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace haas::api {
namespace {

using rapidjson::SizeType;

// Passes the parser's events on to the document, and stops where the text is nested too deep or names a key twice: of
// two values for one name, somebody else might take the other one.
class Guard {
public:
    Guard(rapidjson::Document& document, unsigned max_depth) : document_(document), max_depth_(max_depth) {}

    bool Null() { return document_.Null(); }
    bool Bool(bool value) { return document_.Bool(value); }
    bool Int(int value) { return document_.Int(value); }
    bool Uint(unsigned value) { return document_.Uint(value); }
    bool Int64(std::int64_t value) { return document_.Int64(value); }
    bool Uint64(std::uint64_t value) { return document_.Uint64(value); }
    bool Double(double value) { return document_.Double(value); }
    // All numbers come here: RapidJSON 1.1.0 would shift by nonsense for "0e88", and make a NaN of "2e308".
    bool RawNumber(const char* text, SizeType size, bool /*copy*/) {
        const char* const end = text + size;
        if (std::string_view(text, size).find_first_of(".eE") == std::string_view::npos) {
            std::int64_t number = 0;
            if (std::from_chars(text, end, number).ec == std::errc()) return Int64(number);
            std::uint64_t large = 0;
            if (std::from_chars(text, end, large).ec == std::errc()) return Uint64(large);
        } else {
            double number = 0;
            const bool kept = std::from_chars(text, end, number).ec == std::errc();
            // A whole number beyond these bounds may have been rounded to another one.
            if (kept && (std::trunc(number) != number || std::abs(number) < 9007199254740992.0)) return Double(number);
        }
        complaint_ = "a number is too large or too small to be kept exactly";
        return false;
    }
    bool String(const char* text, SizeType size, bool copy) {
        return is_utf8({text, size}) && document_.String(text, size, copy);
    }
    bool StartObject() { return enter() && document_.StartObject(); }
    bool Key(const char* text, SizeType size, bool copy) {
        if (!is_utf8({text, size})) return false;
        if (!keys_.back().emplace(text, size).second) {
            complaint_ = fmt::format("the key \"{}\" stands twice in one object", std::string_view(text, size));
            return false;
        }
        return document_.Key(text, size, copy);
    }
    bool EndObject(SizeType count) { return leave(), document_.EndObject(count); }
    bool StartArray() { return enter() && document_.StartArray(); }
    bool EndArray(SizeType count) { return leave(), document_.EndArray(count); }

    const std::string& complaint() const { return complaint_; }

private:
    bool enter() {
        if (keys_.size() == max_depth_) {
            complaint_ = fmt::format("nested deeper than {} levels ([http] max_depth)", max_depth_);
            return false;
        }
        keys_.emplace_back();
        return true;
    }
    void leave() { keys_.pop_back(); }

    // The parser checks the text itself, and of escapes only that the first half of a surrogate pair has its second:
    // a second half alone (\uDC00) it makes into bytes that are no UTF-8 (RFC 3629 section 3).
    bool is_utf8(std::string_view text) {
        for (std::size_t at = text.find('\xED'); at < text.size(); at = text.find('\xED', at + 1)) {
            if (static_cast<unsigned char>(text[at + 1]) < 0xA0) continue;
            complaint_ = "a string has the second half of a surrogate pair without the first";
            return false;
        }
        return true;
    }

    rapidjson::Document& document_;
    unsigned max_depth_;
    std::vector<std::set<std::string, std::less<>>> keys_;
    std::string complaint_;
};

}  // namespace

Result<rapidjson::Document> parse_json(std::string_view text, unsigned max_depth) {
    // The parser would take it for the end of the text.
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
        return fail(Errc::invalid, fmt::format("the body is not acceptable JSON: a NUL at byte {}", nul));
    }
    rapidjson::Document document;
    std::string problem;
    const auto generate = [&](rapidjson::Document& handler) {
        Guard guard(handler, max_depth);
        rapidjson::MemoryStream stream(text.data(), text.size());
        rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> encoded(stream);
        rapidjson::Reader reader;
        constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                                   rapidjson::kParseNumbersAsStringsFlag;
        const rapidjson::ParseResult result = reader.Parse<flags>(encoded, guard);
        if (result) return true;
        problem = !guard.complaint().empty()
                      ? guard.complaint()
                      : fmt::format("{} at byte {}", rapidjson::GetParseError_En(result.Code()), result.Offset());
        return false;
    };
    document.Populate(generate);
    if (!problem.empty()) return fail(Errc::invalid, "the body is not acceptable JSON: " + problem);
    return document;
}

JsonWriter& JsonWriter::field(const Field& field) {
    key(field.name);
    if (const auto* text = std::get_if<std::string>(&field.value)) return string(*text);
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) return integer(*number);
    return boolean(std::get<bool>(field.value));
}

std::string to_json(const rapidjson::Value& value) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    value.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace haas::api
