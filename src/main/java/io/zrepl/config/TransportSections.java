package io.zrepl.config;

import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.Union;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;

/** {@code connect} and {@code serve}. */
final class TransportSections {
  static final Kind<ConnectSettings> CONNECT =
      Union.<ConnectSettings>named("connect section")
          .variant("tcp", new ConnectSections.Tcp())
          .variant("tls", new ConnectSections.Tls())
          .variant("ssh+stdinserver", new ConnectSections.Ssh())
          .variant("local", new ConnectSections.Local());

  static final Kind<ServeSettings> SERVE =
      Union.<ServeSettings>named("serve section")
          .variant("tcp", new ServeSections.Tcp())
          .variant("tls", new ServeSections.Tls())
          .variant("stdinserver", new ServeSections.Stdinserver())
          .variant("local", new ServeSections.Local());

  static final String CA_OF_SERVER =
      "PEM file with the certificates of the authorities that vouch for the server.";
  static final String CA_OF_CLIENTS =
      "PEM file with the certificates of the authorities that vouch for clients.";
  static final String CERTIFICATE =
      "PEM file with the own certificate, followed by those that lead to its authority.";
  static final String KEY = "PEM file with the private key of the own certificate.";
  static final String CERTIFICATE_EXAMPLE = "/etc/zrepl/pki/web1.crt";
  static final String KEY_EXAMPLE = "/etc/zrepl/pki/web1.key";

  private TransportSections() {}
}
