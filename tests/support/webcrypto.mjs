// For Node 18, Debian 12's: browsers and later versions have it by themselves.
import {webcrypto} from 'node:crypto';

globalThis.crypto ??= webcrypto;
