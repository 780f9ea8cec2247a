package io.zrepl.control;

import java.time.Instant;
import java.util.Optional;

/**
 * Something that went wrong.
 *
 * @param text what failed and why; may have several lines
 * @param time when
 * @param advice what the administrator can do; not known to Go zrepl
 */
public record ErrorStatus(String text, Optional<Instant> time, Optional<String> advice) {}
