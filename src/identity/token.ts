// Device tokens: 256 random bits, shown once; only their hash is kept.
import { hash, randomBytes } from 'node:crypto'

/** A new token. The prefix lets scanners recognise a leaked one. */
export const newToken = (): string => `lvd_${randomBytes(32).toString('base64url')}`

/** What is stored and looked up: SHA-256 of the token, base64. Comparing hashes leaks nothing about tokens. */
export const tokenHash = (token: string): string => hash('sha256', token, 'base64')
