#include "any_stream.hpp"

// Everything is in the header: templates over what Beast hands down, and an interface.
