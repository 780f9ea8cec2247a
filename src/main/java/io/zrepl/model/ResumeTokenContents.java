package io.zrepl.model;

import io.zrepl.base.InvalidValueException;
import java.util.Map;
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
    Map<String, PackedNameValues.Value> values =
        PackedNameValues.parse(ResumeTokenEncoding.unpack(token.text()));
    return new ResumeTokenContents(
        new Guid(
            number(values, "toguid")
                .orElseThrow(() -> new InvalidValueException("resume token has no toguid"))),
        number(values, "fromguid").map(Guid::new),
        text(values, "toname"),
        flag(values, "rawok"),
        flag(values, "compressok"),
        flag(values, "embedok"),
        flag(values, "largeblockok"),
        flag(values, "savedok"),
        number(values, "bytes").orElse(0L));
  }

  private static Optional<Long> number(Map<String, PackedNameValues.Value> values, String name)
      throws InvalidValueException {
    return switch (values.get(name)) {
      case null -> Optional.empty();
      case PackedNameValues.Value.UnsignedNumber(long number) -> Optional.of(number);
      default -> throw new InvalidValueException("resume token: " + name + " is no number");
    };
  }

  private static String text(Map<String, PackedNameValues.Value> values, String name)
      throws InvalidValueException {
    if (values.get(name) instanceof PackedNameValues.Value.Text(String text)) {
      return text;
    }
    throw new InvalidValueException("resume token has no " + name);
  }

  private static boolean flag(Map<String, PackedNameValues.Value> values, String name)
      throws InvalidValueException {
    return switch (values.get(name)) {
      case null -> false;
      case PackedNameValues.Value.Flag _ -> true;
      default -> throw new InvalidValueException("resume token: " + name + " is no flag");
    };
  }
}
