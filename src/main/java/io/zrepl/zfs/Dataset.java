package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.ResumeToken;
import java.util.Optional;

/**
 * A filesystem or volume as the inventory sees it.
 *
 * @param path its path
 * @param placeholder value and meaning of the local property {@code zrepl:placeholder}
 * @param resumeToken present while a resumable receive is running into it or has left partial state
 * @param encrypted whether it is natively encrypted
 */
public record Dataset(
    DatasetPath path,
    Placeholder placeholder,
    Optional<ResumeToken> resumeToken,
    boolean encrypted) {}
