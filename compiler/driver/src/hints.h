#pragma once

#include <string>

namespace opensupa::cc {

/// What a kernel author can do about an error of clang's, where its own text does not say; empty
/// for every other error. `text` is the error's text.
std::string HintForError(const std::string& text);

/// The same for an error about `name` that one of clang's notes explains: `note` is that note's
/// text, `place` the declaration it stands at.
std::string HintForNote(const std::string& note, const std::string& place, const std::string& name);

}  // namespace opensupa::cc
