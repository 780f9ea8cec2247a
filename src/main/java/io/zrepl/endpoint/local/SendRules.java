package io.zrepl.endpoint.local;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.ResumeTokenException;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.SendFlags;
import java.util.Optional;

/**
 * What a sender refuses to send. Pure decisions; they protect the owner of the data from the peer.
 *
 * <table>
 * <caption>Encryption</caption>
 * <tr><th>filesystem encrypted</th><th>send.encrypted</th><th>send.raw</th><th>answer</th></tr>
 * <tr><td>no</td><td>no</td><td>any</td><td>sent</td></tr>
 * <tr><td>no</td><td>yes</td><td>any</td><td>refused: it would leave in the clear</td></tr>
 * <tr><td>yes</td><td>no</td><td>no</td><td>sent in the clear</td></tr>
 * <tr><td>yes</td><td>no</td><td>yes</td><td>refused: raw would be encrypted</td></tr>
 * <tr><td>yes</td><td>yes</td><td>any</td><td>sent encrypted</td></tr>
 * </table>
 *
 * <p>A resume token decides by itself what {@code zfs send -t} sends and how, so that a forged one
 * could ask for anything: it must be of this filesystem and these versions, and lead to an
 * encrypted stream exactly when the settings say so.
 */
final class SendRules {
  private SendRules() {}

  /** Checks the settings against the filesystem. */
  static void requireAllowed(SendFlags flags, Dataset dataset) throws PolicyException {
    if (flags.encrypted() && !dataset.encrypted()) {
      throw new PolicyException(
          "encrypted send mandated by policy, but filesystem \"%s\" is not encrypted"
              .formatted(dataset.path()));
    }
    if (flags.raw() && !flags.encrypted() && dataset.encrypted()) {
      throw new PolicyException(
          "policy mandates raw+unencrypted sends, but filesystem \"%s\" is encrypted"
              .formatted(dataset.path()));
    }
  }

  /**
   * Checks a resume token against the request and the settings.
   *
   * @throws ResumeTokenException if it must not be used
   * @throws OperationException if it is not known what it says
   */
  static void requireUsableToken(
      ResumeToken token,
      ResumeTokenDecoder decoder,
      SendRequest request,
      SendFlags flags,
      Dataset dataset)
      throws OperationException, InterruptedException {
    ResumeTokenContents contents;
    try {
      contents = decoder.decode(token);
    } catch (InvalidValueException e) {
      throw unusable(request, String.valueOf(e.getMessage()));
    }
    int at = contents.toName().indexOf('@');
    if (at < 0) {
      throw unusable(request, "it does not name a snapshot");
    }
    if (!contents.toName().substring(0, at).equals(request.filesystem().toString())) {
      throw unusable(request, "it belongs to another filesystem");
    }
    Optional<Guid> from = request.from().map(FilesystemVersion::guid);
    if (contents.fromGuid().isPresent() != from.isPresent()) {
      throw unusable(
          request,
          from.isPresent()
              ? "it belongs to a full send, but the step is incremental"
              : "it belongs to an incremental send, but the step is a full send");
    }
    if (!contents.fromGuid().equals(from)) {
      throw unusable(request, "it starts from another snapshot than the step");
    }
    if (!contents.toGuid().equals(request.to().guid())) {
      throw unusable(request, "it leads to another snapshot than the step");
    }
    // A raw send of an unencrypted filesystem gives a token without rawok.
    boolean streamEncrypted = dataset.encrypted() && contents.rawOk();
    if (flags.encrypted() && !streamEncrypted) {
      throw unusable(
          request,
          "resume token does not have rawok=true which would result in an unencrypted send, but"
              + " policy mandates encrypted sends only");
    }
    if (!flags.encrypted() && streamEncrypted) {
      throw unusable(
          request,
          "resume token has rawok=true which would result in encrypted send, but policy mandates"
              + " unencrypted sends only");
    }
  }

  private static ResumeTokenException unusable(SendRequest request, String reason) {
    return new ResumeTokenException(
        "cannot resume sending %s%s: %s"
            .formatted(request.filesystem(), request.to().relativeName(), reason));
  }
}
