package io.zrepl.endpoint;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.ResumeToken;
import java.util.Optional;

/**
 * A filesystem or volume that an endpoint offers.
 *
 * @param path as the sender names it; a receiver has taken its own prefix off
 * @param placeholder whether it is only a placeholder
 * @param resumeToken of a partial receive; always empty from a sender
 */
public record FilesystemEntry(
    DatasetPath path, boolean placeholder, Optional<ResumeToken> resumeToken) {}
