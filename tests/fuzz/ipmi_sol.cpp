// Serial over LAN: its decoders; its machine before a BMC that says whatever the fuzzer wants, whenever it wants; and the
// same before an honest one, over a wire that loses what the fuzzer wants.
#include <algorithm>
#include <chrono>
#include <deque>
#include <string>

#include "plugins/ipmi/command/payload.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/plugins/ipmi/sol/sol_world.hpp"

namespace haas::ipmi {
namespace {

using fuzz::Choices;
using fuzz::require;
using std::chrono::milliseconds;
using std::chrono::minutes;

void decoders(ByteView bytes) {
    if (const auto packet = decode_sol(bytes)) {
        require(packet->sequence < 16 && packet->ack < 16, "sequence numbers have 4 bits");
        require(fuzz::inside(packet->data, bytes), "the characters lie inside the payload");
        Bytes again;
        encode_sol(*packet, again);
        const auto second = decode_sol(again);
        require(second && second->sequence == packet->sequence && second->ack == packet->ack &&
                    second->accepted == packet->accepted && second->bits == packet->bits &&
                    std::equal(second->data.begin(), second->data.end(), packet->data.begin(), packet->data.end()),
                "a packet is the same after it was encoded again");
    } else {
        require(bytes.size() < sol_header_bytes, "a header is all that a packet must have");
    }
    const std::size_t most = parse_sol_activation(bytes);
    require(most >= 1 && most <= sol_most_data, "a packet carries 1 to 255 characters");
    static_cast<void>(parse_sol_activation_status(bytes));
    static_cast<void>(parse_sol_owner(bytes));
    static_cast<void>(parse_supports_sol(bytes));
    if (const auto info = parse_session_info(bytes)) require(info->user_id < 64, "a user ID has 6 bits");
}

// A BMC of the fuzzer's, and whoever opened the console.
class Hostile final : private SolListener {
public:
    explicit Hostile(Choices& choices) : choices_(choices), console_(*this, timing_, random_) {}

    void step() {
        const std::uint8_t what = choices_.byte();
        switch (what % 16) {
            case 0: return open(what / 16);
            case 1: case 2: case 3: return packet();
            case 4: return answer();
            case 5: return fail();
            case 6: return pass(milliseconds(what / 16 * 40));
            case 7: return ring();
            case 8: return write();
            case 9: return interrupt();
            case 10: return console_.cancel_input("given up");
            case 11:
                takes_output_ = what < 128;
                if (takes_output_) console_.resume(now_);
                return settle();
            case 12: return session(what / 16);
            case 13: return power(what >= 128);
            case 14: return close();
            default: return late_packet();
        }
    }

    void finish() {
        takes_output_ = true;
        if (state_ != State::closed && state_ != State::closing) close();
        for (int i = 0; i < 4 && asked_; ++i) fail();
        require(state_ == State::closed, "a console that is closed comes to its end");
        require(!writing_, "what was typed has ended");
        require(!console_.deadline(), "a closed console wants nothing any more");
    }

private:
    enum class State : std::uint8_t { closed, opening, open, closing };

    void open(std::uint8_t conflict) {
        if (state_ != State::closed || !console_.is_closed()) return;
        state_ = State::opening;
        console_.open(static_cast<SolConflict>(conflict % 3));
        settle();
    }
    void close() {
        if (state_ == State::closed || state_ == State::closing) return;
        console_.cancel_input("closing");
        state_ = State::closing;
        console_.close();
        settle();
    }
    void packet() {
        Bytes payload{choices_.byte(), choices_.byte(), choices_.byte(), choices_.byte()};
        const auto data = choices_.bytes(choices_.byte());
        payload.insert(payload.end(), data.begin(), data.end());
        last_packet_ = payload;
        console_.receive(payload, now_);
        settle();
    }
    void late_packet() {
        console_.receive(last_packet_, now_);
        settle();
    }
    void answer() {
        if (!asked_) return;
        asked_ = false;
        const std::uint8_t code = choices_.byte();
        const Bytes data = copy(choices_.bytes(choices_.byte() % 24));
        console_.answered(code < 0xc0 && code > 0x8f ? std::uint8_t{0} : code, data, session_, now_);
        settle();
    }
    void fail() {
        if (!asked_) return;
        asked_ = false;
        const auto error = static_cast<ErrorClass>(choices_.byte() % 8);
        console_.failed(error, "no answer", error == ErrorClass::credentials, now_);
        settle();
    }
    void pass(Duration time) {
        now_ += time;
        console_.expire(now_);
        settle();
    }
    void ring() {
        if (const auto next = console_.deadline()) pass(std::max(Duration{}, *next - now_));
    }
    void write() {
        const std::size_t size = choices_.two_bytes() % 2048;
        if (writing_ || !console_.connected()) return;
        writing_ = true;
        written_size_ = size;
        console_.write(Bytes(size, 'x'));
        settle();
    }
    void interrupt() {
        if (writing_ || !console_.connected()) return;
        writing_ = true;
        written_size_ = 0;
        console_.send_break();
        settle();
    }
    void session(std::uint8_t what) {
        if (what % 3 == 0) console_.session_gone(now_);
        else if (what % 3 == 1) console_.session_made(now_);
        else console_.activated_elsewhere(now_);
        session_.bmc_id += what % 3 == 0 ? 1 : 0;
        settle();
    }
    void power(bool boots) {
        console_.power_changed(boots, now_);
        settle();
    }

    // What the engine does after each call.
    void settle() {
        Bytes payload;
        int sent = 0;
        while (console_.transmit(now_, payload)) {
            const auto decoded = decode_sol(payload);
            require(decoded && decoded->data.size() <= sol_most_data, "a packet to the BMC has the form of one");
            require(payload[0] < 16 && payload[1] < 16, "the reserved bits are 0");
            require(++sent < 8, "there is an end to what is sent at one moment");
        }
        if (console_.next_request(now_)) {
            require(!asked_, "one command is under way at a time");
            asked_ = true;
        }
        const auto next = console_.deadline();
        require(!next || *next > now_ || asked_, "what was due was done");
        require(console_.is_closed() == (state_ == State::closed), "an open console is told to be open");
    }

    bool data(ByteView bytes) noexcept override {
        require(state_ == State::open || state_ == State::closing, "only an open console prints");
        require(!bytes.empty(), "there is something in what is told");
        return takes_output_;
    }
    void gap(std::uint64_t) noexcept override { require(state_ == State::open, "only an open console loses something"); }
    void state(SolState told, std::string_view sentence) noexcept override {
        require(state_ == State::open, "only an open console has states");
        require(told == SolState::connected || !sentence.empty(), "a state has a reason");
    }
    void opened() noexcept override {
        require(state_ == State::opening, "what was asked for is opened");
        state_ = State::open;
    }
    void open_failed(ErrorClass, const std::string& sentence, bool) noexcept override {
        require(state_ == State::opening && !sentence.empty(), "what was asked for fails, with a reason");
        state_ = State::closed;
    }
    void written(SolTransfer::End, std::size_t accepted, bool, const char*) noexcept override {
        require(writing_ && accepted <= written_size_, "a write ends once, with no more than there was");
        writing_ = false;
    }
    void broken(SolTransfer::End, const char*) noexcept override {
        require(writing_, "a break ends once");
        writing_ = false;
    }
    void closed() noexcept override {
        require(state_ == State::closing, "what was closed is closed once");
        state_ = State::closed;
    }

    Choices& choices_;
    Time now_{std::chrono::hours(1)};
    SolConsole::Timing timing_;
    FixedRandom random_{11};
    SolSession session_{0xaaaa0001, 0x02000001};
    Bytes last_packet_;
    State state_ = State::closed;
    bool asked_ = false;
    bool writing_ = false;
    bool takes_output_ = true;
    std::size_t written_size_ = 0;
    SolConsole console_;
};

SolOptions honest_from(Choices& choices) {
    SolOptions options;
    const std::uint8_t how = choices.byte();
    options.echoes = (how & 1) != 0;
    options.goes_on_after_repeats = (how & 2) != 0;
    options.advertised = static_cast<std::uint16_t>(choices.byte() + 4);
    options.takes = 1 + choices.byte() % 255U;
    options.per_packet = 1 + choices.byte() % 255U;
    return options;
}

// Nothing is lost or doubled, either way, as long as not every repeat of one packet is lost.
void honest(Choices& choices) {
    SolWorld world(honest_from(choices));
    world.open();
    world.pass(milliseconds(10));
    require(world.opens == 1, "a free console is opened");
    // Both sides repeat a packet at least four times within two seconds: three losses in that time leave one exchange whole.
    std::deque<Time> losses;
    world.loses = [&] {
        while (!losses.empty() && world.now - losses.front() > std::chrono::seconds(2)) losses.pop_front();
        if (losses.size() >= 3 || choices.byte() < 0xa0) return false;
        losses.push_back(world.now);
        return true;
    };
    std::string printed;
    std::string typed;
    std::uint8_t value = 0;
    const auto text_of = [&value](std::size_t size) {
        std::string text;
        while (text.size() < size) text += static_cast<char>(value++);
        return text;
    };
    bool writing = false;
    while (!choices.none_left()) {
        const std::uint8_t what = choices.byte();
        writing = writing && !world.input;
        if (what % 4 == 0) {
            printed += text_of(what);
            world.fake.print(printed.substr(printed.size() - what));
        } else if (what % 4 == 1 && !writing && what > 4) {
            const std::string text = text_of(what);
            typed += text;
            world.input.reset();
            world.write(text);
            writing = true;
        } else {
            world.pass(milliseconds(what));
        }
    }
    world.loses = [] { return false; };
    world.pass(minutes(10));
    require(!writing || world.input.has_value(), "what is typed comes to its end");
    require(world.fake.activations == 1 && world.gaps.empty(), "no connection and no character was given up");
    require(world.fake.typed == typed, "what was typed arrived once, in order");
    require(world.fake.waiting() == 0, "all that was printed was taken");
    if (!world.fake.options.echoes) require(world.printed == printed, "what was printed was told once, in order");
    require(world.printed.size() == printed.size() + (world.fake.options.echoes ? typed.size() : 0), "no more, no less");
}

}  // namespace

void serial_over_lan(Choices& choices) {
    switch (choices.byte() % 4) {
        case 0: return decoders(choices.rest());
        case 1: return honest(choices);
        default: {
            Hostile world(choices);
            while (!choices.none_left()) world.step();
            world.finish();
        }
    }
}

}  // namespace haas::ipmi

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    haas::fuzz::Choices choices({data, size});
    haas::ipmi::serial_over_lan(choices);
    return 0;
}
