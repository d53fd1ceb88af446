// A certificate that is thrown away with its folder.
import {execFileSync} from 'node:child_process';

/** @param {string[]} names as subjectAltName has them, "DNS:localhost" */
export function makeCertificate({certificate, key, names}) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=flexcrm test',
    '-addext', `subjectAltName=${names.join()}`, '-keyout', key, '-out', certificate], {stdio: 'pipe'});
}
